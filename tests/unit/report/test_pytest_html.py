"""Hardening of the page that pytest-html writes."""

from __future__ import annotations

import json
import re
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedgate.judgement.result import CheckResult
from embedgate.report import live_map
from embedgate.report.page import script_hash
from embedgate.report.pytest_html import (
    SCRIPT,
    MarkupChangedError,
    finish,
    hardened,
    replace_once,
    report_path,
    table_row,
)

APP = (files("pytest_html") / "resources" / "app.js").read_text(encoding="utf-8")
PAGE = f"""<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8"/>
  </head>
  <body>
    <div class="summary__reload__button hidden" onclick="location.reload()"></div>
    <div id="data-container" data-jsonblob="{{&#34;environment&#34;: {{&#34;Python&#34;: &#34;3.11&#34;}}}}"></div>
    <script>
      {APP}
    </script>
  </body>
</html>"""
REPORT: Any = SimpleNamespace(nodeid="test_x.py::test_x[<b>]")


def test_policy_comes_first_and_allows_the_three_scripts() -> None:
    """The encoding stays within the first kilobyte, where browsers expect it."""
    page = hardened(PAGE)
    allowed = re.findall(r"'(sha256-[^']+)'", page)

    assert page.startswith(
        '<!DOCTYPE html>\n<html lang="en" class="eg-page">\n<head><meta http-equiv="Content-Security-Policy"'
    )
    assert page.index('charset="utf-8"') < 1024
    assert "default-src 'none'" in page[:500]
    assert "unsafe-inline' " not in page[:500]
    assert allowed == [
        *map(script_hash, (*re.findall("<script>(\n.+)</script>", page, re.DOTALL), SCRIPT, live_map.SCRIPT)),
    ]


def test_policy_does_not_allow_a_planted_script() -> None:
    """Scripts of the installed packages are allowed, not the scripts that the page contains."""
    planted = "alert('planted')"
    page = hardened(PAGE.replace("<body>", f"<body><script>{planted}</script>"))

    assert planted in page
    assert script_hash(planted) not in page


def test_only_the_inline_handler_is_removed() -> None:
    """The handler reloads the page, which a finished report does not need."""
    page = hardened(PAGE)

    assert "onclick" not in page
    assert '<div class="summary__reload__button hidden"></div>' in page
    assert APP.strip() in page


def test_environment_is_escaped() -> None:
    """The environment contains branch names, which anybody who opens a pull request can choose."""
    environment = {"GITHUB_HEAD_REF": "<img/src=x/onerror=ran.push(1)>", "Plugins": {"a<b": ["&", 4.1]}, "n": 1}
    data = json.dumps({"environment": environment, "tests": {"x": "<td>"}})

    page = hardened(re.sub('jsonblob="[^"]*"', lambda _: f'jsonblob="{escape(data)}"', PAGE, count=1))

    found = re.findall('jsonblob="([^"]*)"', page)
    assert json.loads(unescape(found[0])) == {
        "environment": {
            "GITHUB_HEAD_REF": "&lt;img/src=x/onerror=ran.push(1)&gt;",
            "Plugins": {"a&lt;b": ["&amp;", 4.1]},
            "n": 1,
        },
        "tests": {"x": "<td>"},
    }
    assert hardened(PAGE).count("{&#34;environment&#34;: {&#34;Python&#34;: &#34;3.11&#34;}}") == 1


@pytest.mark.parametrize(
    "changed",
    [
        PAGE.replace("<html>", "<html data-new>"),
        PAGE.replace("DataManager", "Manager"),
        PAGE.replace("<script>", "<script type=module>"),
        PAGE.replace("</head>", ""),
        PAGE.replace("data-container", "data"),
        PAGE.replace("<body>", f"<body><script>{APP}</script>"),
        "",
    ],
)
def test_page_with_unknown_markup_is_not_changed(changed: str, tmp_path: Path) -> None:
    written, report = tmp_path / "written.html", tmp_path / "report.html"
    written.write_text(changed, encoding="utf-8")

    with pytest.raises(MarkupChangedError):
        hardened(changed)
    assert "no content security policy" in finish(written, report)
    assert report.read_text(encoding="utf-8") == changed
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.parametrize("name", ["written.html", "report.html"])
def test_finished_page_is_moved_to_the_report_path(tmp_path: Path, name: str) -> None:
    written, report = tmp_path / name, tmp_path / "report.html"
    written.write_text(PAGE, encoding="utf-8")

    assert finish(written, report) == ""
    assert report.read_text(encoding="utf-8") == hardened(PAGE)
    assert list(tmp_path.iterdir()) == [report]
    with pytest.raises(FileNotFoundError):
        finish(tmp_path / "nowhere.html", report)


def test_fragment_of_a_report_is_replaced_once(tmp_path: Path) -> None:
    """If the fragment is missing or repeated, the report is not changed."""
    report = tmp_path / "report.html"
    report.write_text("a pending b", encoding="utf-8")

    assert replace_once(report, "pending", "done") == ""
    assert report.read_text(encoding="utf-8") == "a done b"
    for before in ("pending", ""):
        assert "does not show the outcome" in replace_once(report, before, "x")
    assert report.read_text(encoding="utf-8") == "a done b"


def test_report_path_expands_variables_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERE", "deep")

    assert report_path("$HERE/report.html") == tmp_path / "deep" / "report.html"
    assert report_path("~/report.html") == Path("~/report.html").expanduser()


def test_row_of_a_check_has_outcome_value_and_bound() -> None:
    result = CheckResult(id="vocabulary.coverage", outcome="no_baseline", severity="fail", value=0.5, unit="share")
    cells = ["<td>Passed</td>", "<td>test_x</td>", "<td>1 ms</td>", "<td>links</td>"]

    table_row(REPORT, result.as_json(), cells)

    assert cells == [
        "<td>Passed</td>",
        '<td class="col-testId">vocabulary.coverage</td>',
        "<td>1 ms</td>",
        *("<td>no baseline</td>", "<td>50.0%</td>", "<td>none</td>"),
    ]


def test_row_of_a_test_that_is_no_check_shows_its_escaped_name() -> None:
    """pytest-html leaves out rows without cells, so such a row stays empty."""
    cells, none = ["<td>Passed</td>", "", "<td>1 ms</td>", ""], list[str]()

    table_row(REPORT, None, cells)
    table_row(REPORT, None, none)

    assert cells[1] == '<td class="col-testId">test_x.py::test_x[&lt;b&gt;]</td>'
    assert cells[3:] == ['<td class="eg-no-check"></td>', "<td></td>", "<td></td>"]
    assert none == []
