"""A report as a standalone page."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from markupsafe import Markup

from embedgate.report import live_map
from embedgate.report.page import SORTING, framed, script_hash, standalone


def test_policy_comes_first_and_allows_the_two_scripts() -> None:
    page = standalone(Markup("<p>fragment</p>"))

    head = page.partition("</head>")[0]
    assert page.startswith(
        '<!DOCTYPE html>\n<html lang="en" class="eg-page">\n<head><meta http-equiv="Content-Security'
    )
    assert head.index('charset="utf-8"') < 1024
    assert re.findall(r"'(sha256-[^']+)'", head) == [script_hash(SORTING), script_hash(live_map.SCRIPT)]
    assert "default-src 'none'" in head


def test_page_contains_fragment_and_script_unchanged() -> None:
    """The script follows the fragment, because it makes the fragment's tables sortable."""
    page = standalone(Markup("<p>fragment</p>"))

    before, found, after = page.partition("<p>fragment</p>")
    assert (before.count("<script>"), found) == (0, "<p>fragment</p>")
    assert f"<script>{SORTING}</script>" in after
    assert page.endswith("</html>")


def test_title_is_text() -> None:
    page = standalone(Markup(), title="</title>x")

    assert "<title>&lt;/title&gt;x</title>" in page
    assert '<h1 class="eg-title">&lt;/title&gt;x</h1>' in page


def test_page_is_marked_as_generated_by_embedgate() -> None:
    """A later gate run may therefore replace the page."""
    assert '<meta name="generator" content="embedgate">' in standalone(Markup())


def test_script_hash_has_the_form_of_a_content_security_policy() -> None:
    digest = hashlib.sha256(b" x\n").digest()

    assert script_hash(" x\n") == f"sha256-{base64.b64encode(digest).decode()}"


def test_frame_is_one_line_that_contains_the_page() -> None:
    """A line break would end the block of HTML in Markdown; the page cannot end the attribute."""
    page = standalone(Markup("<p title=\"a\">\n\n    fragment & 'text'</p></iframe>"))

    frame = framed(page)

    (source,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert "\n" not in frame
    assert html.unescape(source) == page
    assert frame.count("</iframe>") == 1
    assert 'sandbox="allow-scripts allow-popups"' in frame
