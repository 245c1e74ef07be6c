"""Pieces of a page: users' text on its way into it, of which every name passes through here, and scripts by hash."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from embedgate.report.story import plain

_REACH_BEYOND = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
"""Embeddings, overrides and isolates: one end too many, and they turn the text behind the element round."""


def safe(text: str) -> str:
    """Escape users' text; what no page can hold, or would turn the text behind it, shows as a replacement sign."""
    return escape(plain(text).translate(_REACH_BEYOND))


def safe_lines(text: str) -> str:
    """The same, where line ends are kept."""
    return safe(text).replace("\n", "<br>")


def scrolling(fragment: str, label: str) -> str:
    """A fragment that may be wider than the page: it scrolls in a place of its own, by the keyboard too.

    Args:
        fragment: safe HTML.
        label: what it is, for who does not see it; plain text.
    """
    return f'<div class="eg-scroll" role="region" tabindex="0" aria-label="{safe(label)}">{fragment}</div>'


def script_hash(script: str) -> str:
    """What a content security policy has to name for a script to run: `sha256-...`, blanks at its ends included."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
