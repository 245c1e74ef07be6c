"""The live map as a part of a page: its data and the picture that stands there until the script has it all set up.

A page holds `STYLE`, the fragment, then `SCRIPT`. Where scripts are forbidden, and in print, the picture stays.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = files("embedgate.report.live_map")
SCRIPT: str = (_HERE / "map.js").read_text(encoding="utf-8")
"""One function in strict mode: stands in a `<script>` after the fragment."""
STYLE: str = (_HERE / "map.css").read_text(encoding="utf-8")
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_ONLY_HERE = "keys"  # what blame was matched by


def live_map(payload: Mapping[str, Any], picture: str) -> str:
    """The map as a fragment of HTML, in which every name is text.

    Args:
        payload: of `map_payload` or `with_blame`.
        picture: safe HTML of the picture that the script takes the place of.
    """
    shown = {name: value for name, value in payload.items() if name != _ONLY_HERE}
    # as ASCII: whatever the page's encoding, and half a surrogate pair comes through
    data = json.dumps(shown, separators=(",", ":")).translate(_ESCAPES)
    return (
        f'<div class="eg-map" id="eg-map"><div class="eg-map-static">{picture}</div>'
        f'<script type="application/json" id="eg-map-data">{data}</script></div>'
    )


def in_page(payload: Mapping[str, Any], picture: str) -> str:
    """`live_map` with what it looks like and its script, for a place in a page where scripts run."""
    return f"<style>{STYLE}</style>{live_map(payload, picture)}<script>{SCRIPT}</script>"
