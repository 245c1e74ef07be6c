"""The written page, made safe a second time: a policy that lets its own scripts run and nothing else.

Every name is escaped on its way into the page. Were one ever not, a content security policy keeps it from running:
it names the page's scripts by what they hold, and these are known beforehand, never read off the page. One thing no
policy in a page can forbid, a `<meta>` element that leads elsewhere: there the escaping stands alone. The same hand
gives the page its language, and labels and colours to what pytest-html leaves without.

pytest-html's markup is nobody's promise: where it has changed, the page stays as it was written, and a note says so.
"""

from __future__ import annotations

import json
import os
import re
from html import escape, unescape
from importlib.resources import files
from pathlib import Path

from embedgate.atomic_write import write_atomically
from embedgate.report import live_map
from embedgate.report.markup import safe, script_hash

_HERE = files("embedgate.report")
SCRIPT: str = "".join((_HERE / name).read_text(encoding="utf-8") for name in ("address.js", "page.js", "sorting.js"))
STYLE: str = (_HERE / "page.css").read_text(encoding="utf-8")
_OPEN = "<script>"
_GENERATOR = '<meta name="generator" content="embedgate">'
"""Tells a later gate run that it may replace this report."""
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
_START = re.compile(r"\A<!DOCTYPE html>\s*<html>\s*<head>")
_DATA = re.compile(r'(<div id="data-container" data-jsonblob=")([^"]*)"')
_RELOAD = re.compile(r'(<div class="summary__reload__button[^"<>]*") onclick="location\.reload\(\)">')


class MarkupChangedError(ValueError):
    """pytest-html's page is not what this module knows."""


def report_path(typed: str) -> Path:
    """Where pytest-html will write what was typed as `--html`; ask before a test changes the folder."""
    return (Path.cwd() / Path(os.path.expandvars(typed)).expanduser()).resolve()


def finish(written: Path, report: Path) -> str:
    """Make a written page safe, and move it to its place, whole or not at all.

    Args:
        written: the page as pytest-html wrote it.
        report: its place; may be the same file.

    Returns:
        A note if the page could not be made safe, else "".

    Raises:
        OSError: if the page cannot be read or moved.
    """
    try:
        page = hardened(written.read_text(encoding="utf-8"))
    except ValueError as error:  # a page that is not UTF-8 is a ValueError too
        written.replace(report)
        return f"the report has no content security policy, its names are escaped all the same: {error}"
    write_atomically(report, page)
    if written != report:
        written.unlink()
    return ""


def exchange(report: Path, before: str, after: str) -> str:
    """Exchange a fragment of a written report that stands there once, whole or not at all.

    Returns:
        A note if it could not be exchanged, else "".
    """
    try:
        text = report.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise MarkupChangedError("its verdict is not where it was written")
        write_atomically(report, text.replace(before, after))
    except (OSError, ValueError) as error:
        return f"the report does not show the outcome of the promotion: {error}"
    return ""


def hardened(page: str) -> str:
    """The page with a policy, a language, labels and readable colours.

    Raises:
        MarkupChangedError: if pytest-html's markup is not what is known.
    """
    page = _with_environment_escaped(page)
    start, own = _START.match(page), _own_script(page)
    before, found, after = page.partition("</head>")
    if start is None or not found:
        raise MarkupChangedError("pytest-html's page begins in another way than versions 4.1 and 4.2 let it")
    at = page.index(own) - len(before) - len(found)
    head = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>{_policy(own)}\n{_GENERATOR}\n{_VIEWPORT}{before[start.end() :]}'
    )
    # labels are set before pytest-html's own script makes rows of its templates; nothing is left to reload
    body = f"{after[: at - len(_OPEN)]}<script>{SCRIPT}</script>{after[at - len(_OPEN) :]}"
    return f"{head}<style>{STYLE}</style></head>" + _RELOAD.sub(r"\1>", body)


def _with_environment_escaped(page: str) -> str:
    """The page, in whose table of the environment all is text: pytest-html shows the names of branches as markup."""
    found = list(_DATA.finditer(page))
    if len(found) != 1:
        raise MarkupChangedError("pytest-html's data do not stand in its page as versions 4.1 and 4.2 write them")
    data = json.loads(unescape(found[0][2]))
    told = data.get("environment", {})
    escaped = {name: _escaped(value) for name, value in told.items()}
    if escaped == told:
        return page
    start, end = found[0].span(2)
    return page[:start] + escape(json.dumps({**data, "environment": escaped})) + page[end:]


def _escaped(value: object) -> object:
    """Plain values whose strings are safe in a page."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, dict):
        return {safe(name): _escaped(each) for name, each in value.items()}
    return [_escaped(each) for each in value] if isinstance(value, list) else value


def _own_script(page: str) -> str:
    """pytest-html's script as it stands in the page, with the blanks around it, which count."""
    shipped = (files("pytest_html") / "resources" / "app.js").read_text(encoding="utf-8").strip()
    found = re.findall(rf"{_OPEN}(\s*{re.escape(shipped)}\s*)</script>", page)
    if len(found) != 1:
        raise MarkupChangedError("pytest-html's own script does not stand in its page as it is shipped")
    return str(found[0])


def _policy(own_script: str) -> str:
    hashes = " ".join(f"'{each}'" for each in map(script_hash, (own_script, SCRIPT, live_map.SCRIPT)))
    rules = (
        "default-src 'none'",
        "img-src data:",
        "media-src data:",
        "style-src 'unsafe-inline'",
        f"script-src {hashes}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">'
