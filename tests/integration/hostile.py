"""Hostile names, and a browser page that records their effects.

The names consist of fragments: markup that calls a sentinel or sends a request, ends of every context in which a
name may appear, control characters of the text direction, stacked combining marks, and very long text.
"""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.integration.browsing import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

RUNS = (
    "<img src=x onerror=ran.push(1)>",
    "<svg onload=ran.push(1)>",
    "<svg/onload=ran.push(1)//",
    "<script>ran.push(1)</script>",
    "</script><script>ran.push(1)</script>",
    "</style><script>ran.push(1)</script>",
    "</title></textarea></noscript><img src=x onerror=ran.push(1)>",
    "--><img src=x onerror=ran.push(1)>",
    "]]><img src=x onerror=ran.push(1)>",
    "\"'><img src=x onerror=ran.push(1)>",
    "</td></tr></table></details><img src=x onerror=ran.push(1)>",
    "<details open ontoggle=ran.push(1)>",
    "<iframe srcdoc='<script>parent.ran.push(1)</script>'></iframe>",
    "<video><source onerror=ran.push(1)></video>",
    "<input autofocus onfocus=ran.push(1)>",
)
"""Markup that calls the sentinel if it is not escaped."""
_REQUESTS = (
    "<img src=https://example.invalid/x.png>",
    "<link rel=stylesheet href=//example.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid/'>",
    "<base href=https://example.invalid/>",
    "<style>@import 'https://example.invalid/y.css'; * { display: none }</style>",
    "<object data=https://example.invalid/z></object>",
)
_ENDS_CONTEXT = (
    '" onmouseover="ran.push(1)" autofocus onfocus="ran.push(1)" x="',
    "' onmouseover='ran.push(1)' style='position:fixed;width:9999px' x='",
    "<a href=javascript:ran.push(1)>x</a>",
    "javascript:ran.push(1)",
    "<!--",
    "<plaintext>",
    "<textarea>",
    "<template>",
    "</details></section></body></html>",
    "</script>",
    "</style>",
    "]]>",
    "-->",
    "';ran.push(1)//",
    '");ran.push(1)//',
    "\\';ran.push(1)//",
    "\\u003cscript\\u003eran.push(1)\\u003c/script\\u003e",
    "&lt;script&gt;ran.push(1)&lt;/script&gt;",
    "&#60;img src=x onerror=ran.push(1)&#62;",
    "\\N{DASH}",
    "\\",
    "\\\\",
    "{{7*7}}",
    "{% raw %}",
    "{0.__class__}",
    "%s%n",
    "${ran.push(1)}",
    "`ran.push(1)`",
    "$x_1^2$",
    "::error::x",
    "##[error]x",
    "@import",
    "../../etc",
)
_TEXT = (
    "\u202e",
    "\u202d\u202e",
    "\u2066",
    "\u2067\u2069\u2069\u202e",
    "\u2069\u2069\u202eevil",
    "\u200e\u200f\u061c",
    "\u200b\u200d\ufeff",
    "\u00ad\u2060",
    "\u2028\u2029",
    "\ufffe\uffff\ufdd0",
    "\x00",
    "\x07\x08\x1b[31m\x1b]0;x\x07",
    "\x7f\x85\x9b",
    "\n",
    "\r\n\t",
    "Z" + "\u0300\u0316\u0489" * 60,
    "\u0e49" * 40,
    "👩\u200d👩\u200d👧🏽 🏴",
    "曲名 テスト",
    "أغنية",
    "שיר",
    "﷽" * 3,
    "ﬀİıſK",
    "\ud83d",
    "\udc00\ud800",
    "Song 1",
    " ",
    "-",
)
_REACHES_BEYOND = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LONG = ("W" * 1500, "漢" * 700, "<b>" * 500, "'\"" * 600, "\u0301" * 900, "a." * 800, "ש" * 900)


def names() -> st.SearchStrategy[str]:
    """Return a strategy for names of up to four fragments or other text; no name is blank."""
    usual = st.sampled_from((*RUNS, *_REQUESTS, *_ENDS_CONTEXT, *_TEXT))
    anything = st.text(st.characters(exclude_categories=()), max_size=6)
    parts = st.lists(st.one_of(*[usual] * 7, anything), min_size=1, max_size=4)
    # only a few are long, to keep the reports small
    end = st.sampled_from((*[""] * 25, *_LONG))
    return st.tuples(parts, end).map(lambda drawn: "".join((*drawn[0], drawn[1]))).filter(str.strip)


def in_toml(text: str) -> str:
    """Return a text as a TOML basic string; TOML cannot contain lone surrogates."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'


def can_be_toml(text: str) -> bool:
    """Return whether a text can be written in TOML."""
    return not re.search("[\ud800-\udfff]", text)


def file_name(name: str) -> str:
    """Return a file name: without slash and NUL, at most 200 bytes, and possibly not UTF-8."""
    possible = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\udcff", re.sub("[/\0]", "_", name))
    return os.fsdecode(os.fsencode(possible)[:200])


def on_page(name: str) -> str:
    """Return a name as the report shows it, with control characters and overrides replaced."""
    return "".join(char if whole(char) or char == "\n" else "\ufffd" for char in name)


def whole(text: str) -> bool:
    """Return whether every character of a text can be shown unchanged."""
    return not any(unicodedata.category(char) in ("Cc", "Cs") or char in _REACHES_BEYOND for char in text)


@dataclass(frozen=True)
class Seen:
    """The activity of an open page.

    Attributes:
        console: logged messages and errors.
        requests: requested URLs.
        dialogs: messages of opened dialogs.
    """

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def watched(browser: Browser, file: Path, *, width: int = 1280) -> Iterator[tuple[Page, Seen]]:
    """Open a file in a page with a sentinel, `window.ran`, which scripts in names change; unfold a report."""
    page, seen = browser.new_page(viewport={"width": width, "height": 900}), Seen()
    page.add_init_script(
        "window.ran = []; for (const name of ['alert', 'confirm', 'prompt', 'open', 'print']) "
        "window[name] = what => { window.ran.push(String(what)); };"
    )
    page.on("console", lambda message: seen.console.append(message.text))
    page.on("pageerror", lambda error: seen.console.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("dialog", lambda dialog: seen.dialogs.append(dialog.message))
    page.goto(file.as_uri())
    if page.locator(".eg-verdict").count():
        unfold(page)
    yield page, seen
    page.close()
