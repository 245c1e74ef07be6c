"""Bundling of ES modules into one classic script."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from embedgate.report.bundle import BundleError, bundle

REPORT = files("embedgate.report")


def write(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_modules_run_after_their_imports_and_keep_private_names_separate(tmp_path: Path) -> None:
    write(
        tmp_path,
        main="import { a, B } from './one.js';\nimport './two.js';\n\nuse(a, B);\n",
        one="import './two.js';\nconst secret = 1;\nexport const a = secret;\nexport class B {}\n",
        two="const secret = 2;\nexport function* unused() {}\n",
    )

    assert bundle(tmp_path, "main") == (
        "(() => {\n'use strict';\n"
        "const $two = (() => {\nconst secret = 2;\nfunction* unused() {}\nreturn { unused };\n})();\n"
        "const $one = (() => {\n\nconst secret = 1;\nconst a = secret;\nclass B {}\nreturn { a, B };\n})();\n"
        "const $main = (() => {\nconst { a, B } = $one;\n\n\nuse(a, B);\n})();\n"
        "})();\n"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import { a, c } from './one.js';\n", "main.js: one.js does not export c"),
        ("import { a as b } from './one.js';\n", "unsupported form of import or export: import { a as b }"),
        ("import a from './one.js';\n", "unsupported form of import or export: import a"),
        ("import { a } from 'https://example.org/one.js';\n", "unsupported form of import or export"),
        ("export default 1;\n", "unsupported form of import or export: export default 1"),
        ("export let a = 1;\n", "unsupported form of import or export: export let a"),
        ("export { a };\n", "unsupported form of import or export"),
        ("import './main.js';\n", "import cycle: main -> main"),
        ("import './three.js';\n", "import cycle: main -> three -> main"),
    ],
)
def test_unsupported_import_or_export_is_an_error(tmp_path: Path, source: str, message: str) -> None:
    write(tmp_path, main=source, one="export const a = 1;\n", three="import './main.js';\n")

    with pytest.raises(BundleError, match=re.escape(message)):
        bundle(tmp_path, "main")


@pytest.mark.parametrize(("folder", "entry"), [(REPORT, "page"), (REPORT / "live_map" / "js", "main")])
def test_script_contains_every_module_of_its_folder(folder: Path, entry: str) -> None:
    modules = {file.name.removesuffix(".js") for file in folder.iterdir() if file.name.endswith(".js")}

    assert set(re.findall(r"^const \$(\w+) = ", bundle(folder, entry), re.MULTILINE)) == modules
