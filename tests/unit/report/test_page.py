"""A page gets its policy whole, or stays as it was and says so."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape, unescape
from importlib.resources import files
from pathlib import Path

import pytest

from embedgate.report import live_map
from embedgate.report.markup import script_hash
from embedgate.report.page import SCRIPT, MarkupChangedError, exchange, finish, hardened, report_path

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


def hash_of(script: str) -> str:
    """What a browser compares."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_the_policy_names_the_scripts_and_no_other() -> None:
    """It stands first in the head, before anything that it has to hold for; the encoding is still found."""
    page = hardened(PAGE)
    allowed = re.findall(r"'(sha256-[^']+)'", page)

    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n<head><meta http-equiv="Content-Security-Policy"')
    assert page.index('charset="utf-8"') < 1024
    assert "default-src 'none'" in page[:500]
    assert "unsafe-inline' " not in page[:500]
    assert allowed == [
        *map(hash_of, re.findall("<script>(\n.+)</script>", page, re.DOTALL)),
        hash_of(SCRIPT),
        script_hash(live_map.SCRIPT),
    ]


def test_a_planted_script_is_not_allowed() -> None:
    """What stands in the page is never asked which scripts are its own."""
    planted = "alert('planted')"
    page = hardened(PAGE.replace("<body>", f"<body><script>{planted}</script>"))

    assert planted in page
    assert hash_of(planted) not in page


def test_no_handler_is_left_and_nothing_else_goes() -> None:
    """pytest-html's own button to reload is of no use on a finished page."""
    page = hardened(PAGE)

    assert "onclick" not in page
    assert '<div class="summary__reload__button hidden"></div>' in page
    assert APP.strip() in page


def test_the_environment_is_text() -> None:
    """A branch is named by whoever asks for its merge, and a CI tells its name in a variable."""
    told = {"GITHUB_HEAD_REF": "<img/src=x/onerror=ran.push(1)>", "Plugins": {"a<b": ["&", 4.1]}, "n": 1}
    data = json.dumps({"environment": told, "tests": {"x": "<td>"}})

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
def test_changed_markup_leaves_the_page_as_it_is(changed: str, tmp_path: Path) -> None:
    """Half a policy is none: the report stands as it was written, with a note, and nothing beside it."""
    written, report = tmp_path / "written.html", tmp_path / "report.html"
    written.write_text(changed, encoding="utf-8")

    with pytest.raises(MarkupChangedError):
        hardened(changed)
    assert "no content security policy" in finish(written, report)
    assert report.read_text(encoding="utf-8") == changed
    assert list(tmp_path.iterdir()) == [report]


@pytest.mark.parametrize("name", ["written.html", "report.html"])
def test_report_is_moved_to_its_place(tmp_path: Path, name: str) -> None:
    written, report = tmp_path / name, tmp_path / "report.html"
    written.write_text(PAGE, encoding="utf-8")

    assert finish(written, report) == ""
    assert report.read_text(encoding="utf-8") == hardened(PAGE)
    assert list(tmp_path.iterdir()) == [report]
    with pytest.raises(FileNotFoundError):
        finish(tmp_path / "nowhere.html", report)


def test_fragment_of_a_report_is_exchanged_once(tmp_path: Path) -> None:
    """A fragment that is not there, or twice, is a note, and the report stays."""
    report = tmp_path / "report.html"
    report.write_text("a pending b", encoding="utf-8")

    assert exchange(report, "pending", "done") == ""
    assert report.read_text(encoding="utf-8") == "a done b"
    for before in ("pending", ""):
        assert "does not show the outcome" in exchange(report, before, "x")
    assert report.read_text(encoding="utf-8") == "a done b"


def test_the_report_lies_where_pytest_html_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the folder of now, with variables and the home folder filled in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERE", "deep")

    assert report_path("$HERE/report.html") == tmp_path / "deep" / "report.html"
    assert report_path("~/report.html") == Path("~/report.html").expanduser()
