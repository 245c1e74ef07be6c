"""Bundle ES modules into one classic script, because a page in a single file has no URL to import them from.

Each module becomes a function that returns its exports, so its other names stay private, as in a browser.
Supported are `import { a, b } from './x.js'`, `import './x.js'`, and `export` before a declaration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_IMPORT = re.compile(r"^import (?:(\{\s*\w+(?:,\s*\w+)*,?\s*\}) from )?'\./(\w+)\.js';$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function\*?) (\w+))", re.MULTILINE)
_UNSUPPORTED = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class BundleError(ValueError):
    """A module uses an unsupported form of import or export, or imports a name that is not exported."""


def bundle(folder: Traversable, entry: str) -> str:
    """Return a script in strict mode that runs a module after the modules that it imports.

    Args:
        folder: contains all modules.
        entry: name of the module without `.js`.

    Raises:
        BundleError: if a module cannot be bundled.
    """
    exports: dict[str, list[str]] = {}
    functions: list[str] = []

    def add(module: str, importers: tuple[str, ...]) -> None:
        if module in importers:
            raise BundleError(f"import cycle: {' -> '.join((*importers, module))}")
        if module in exports:
            return
        source = (folder / f"{module}.js").read_text(encoding="utf-8")
        for names, imported in _IMPORT.findall(source):
            add(imported, (*importers, module))
            if missing := set(re.findall(r"\w+", names)).difference(exports[imported]):
                raise BundleError(f"{module}.js: {imported}.js does not export {', '.join(sorted(missing))}")
        exports[module] = _EXPORT.findall(source)
        body = _EXPORT.sub("", _IMPORT.sub(_unpacked, source))
        if found := _UNSUPPORTED.search(body):
            raise BundleError(f"{module}.js: unsupported form of import or export: {found[0]}")
        returned = f"return {{ {', '.join(exports[module])} }};\n" if exports[module] else ""
        functions.append(f"const ${module} = (() => {{\n{body}{returned}}})();\n")

    add(entry, ())
    return f"(() => {{\n'use strict';\n{''.join(functions)}}})();\n"


def _unpacked(line: re.Match[str]) -> str:
    names, module = line.groups()
    return f"const {names} = ${module};" if names else ""
