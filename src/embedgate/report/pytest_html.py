"""The report in pytest-html's page: the columns of its table of tests, and the hardening of the finished page.

The hardened page has the content security policy of `embedgate.report.page`, a language, labels and readable colours.
pytest-html's markup is not a public interface: if it has changed, the page is left as it is, with a note.
"""

from __future__ import annotations

import json
import os
import re
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from embedgate.atomic_write import write_atomically
from embedgate.judgement.result import CheckResult
from embedgate.report import live_map
from embedgate.report.bundle import bundle
from embedgate.report.page import secured_head
from embedgate.report.wording import bound_text, outcome_text, value_text
from embedgate.sanitize import html_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

_HERE = files("embedgate.report")
SCRIPT: str = bundle(_HERE, "page")
STYLE: str = (_HERE / "pytest_html.css").read_text(encoding="utf-8")
_START = re.compile(r"\A<!DOCTYPE html>\s*<html>\s*<head>")
_DATA = re.compile(r'(<div id="data-container" data-jsonblob=")([^"]*)"')
_RELOAD = re.compile(r'(<div class="summary__reload__button[^"<>]*") onclick="location\.reload\(\)">')


class MarkupChangedError(ValueError):
    """pytest-html's page does not have the markup that this module expects."""


def report_path(typed: str) -> Path:
    """Return where pytest-html writes its page, given `--html`; call it before a test changes the directory."""
    return (Path.cwd() / Path(os.path.expandvars(typed)).expanduser()).resolve()


def table_header(cells: list[str]) -> None:
    """Set the columns of the table of tests: result, check, duration, outcome, value, bound."""
    cells[1] = '<th class="sortable" data-column-type="testId">Check</th>'
    cells[3:] = ["<th>Outcome</th>", "<th>Value</th>", "<th>Bound</th>"]


def table_row(report: pytest.TestReport, attached: Mapping[str, Any] | None, cells: list[str]) -> None:
    """Fill the columns of a test. The first cell keeps pytest's own outcome, since the page filters its rows by it.

    Args:
        report: of the test.
        attached: the result of its check as JSON values; None for a test that is not a check.
        cells: pytest-html's cells, modified in place.
    """
    if not cells:
        return
    result = None if attached is None else CheckResult.from_json(attached)
    cells[1] = Markup('<td class="col-testId">{}</td>').format(html_text(result.id if result else report.nodeid))
    if result is None:
        cells[3:] = ['<td class="eg-no-check"></td>', "<td></td>", "<td></td>"]
    else:
        texts = (outcome_text(result.outcome), value_text(result), bound_text(result))
        cells[3:] = [Markup("<td>{}</td>").format(html_text(each)) for each in texts]


def finish(written: Path, report: Path) -> str:
    """Harden a written page and move it to its place, whole or not at all.

    Args:
        written: the page as pytest-html wrote it.
        report: its place; may be the same file.

    Returns:
        A note if the page could not be hardened, else "".

    Raises:
        OSError: if the page cannot be read or moved.
    """
    try:
        page = hardened(written.read_text(encoding="utf-8"))
    except ValueError as error:  # a page that is not UTF-8 is a ValueError too
        written.replace(report)
        return f"the report has no content security policy, but all names in it are escaped: {error}"
    write_atomically(report, page)
    if written != report:
        written.unlink()
    return ""


def replace_once(report: Path, before: str, after: str) -> str:
    """Replace a fragment that a written report contains once, in the whole file or not at all.

    Returns:
        A note if it could not be replaced, else "".
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
    """Return the page with a policy, a language, labels and readable colours.

    Raises:
        MarkupChangedError: if pytest-html's markup is not as expected.
    """
    page = _with_environment_escaped(page)
    start, own = _START.match(page), _own_script(page)
    before, found, after = page.partition("</head>")
    if start is None or not found:
        raise MarkupChangedError("pytest-html's page does not begin as versions 4.1 and 4.2 write it")
    head = f'<!DOCTYPE html>\n<html lang="en" class="eg-page">\n<head>{secured_head([own, SCRIPT, live_map.SCRIPT])}'
    # labels are set before pytest-html's own script creates rows from its templates
    body = after.replace(f"<script>{own}</script>", f"<script>{SCRIPT}</script><script>{own}</script>")
    body = _RELOAD.sub(r"\1>", body)  # a finished page has nothing to reload
    return f"{head}{before[start.end() :]}<style>{STYLE}</style></head>{body}"


def _with_environment_escaped(page: str) -> str:
    """Escape the table of the environment: pytest-html shows the names of branches in it as markup."""
    found = list(_DATA.finditer(page))
    if len(found) != 1:
        raise MarkupChangedError("pytest-html's data are not in its page as versions 4.1 and 4.2 write them")
    data = json.loads(unescape(found[0][2]))
    environment = data.get("environment", {})
    escaped = {name: _escaped(value) for name, value in environment.items()}
    if escaped == environment:
        return page
    start, end = found[0].span(2)
    return page[:start] + escape(json.dumps({**data, "environment": escaped})) + page[end:]


def _escaped(value: object) -> object:
    """Escape all strings of plain values."""
    if isinstance(value, str):
        return html_text(value)
    if isinstance(value, dict):
        return {html_text(name): _escaped(each) for name, each in value.items()}
    return [_escaped(each) for each in value] if isinstance(value, list) else value


def _own_script(page: str) -> str:
    """Return pytest-html's script as the page contains it, with the whitespace around it, which its hash includes."""
    shipped = (files("pytest_html") / "resources" / "app.js").read_text(encoding="utf-8").strip()
    before, found, after = page.partition(shipped)  # compiling a pattern of this length takes 0.1 seconds
    _, opened, leading = before.rpartition("<script>")
    trailing, closed, _ = after.partition("</script>")
    if not (found and opened and closed) or (leading + trailing).strip() or shipped in after:
        raise MarkupChangedError("pytest-html's page does not contain the script that pytest-html ships")
    return f"{leading}{shipped}{trailing}"
