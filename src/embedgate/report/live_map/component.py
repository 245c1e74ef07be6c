"""The live map as a part of a page: its data and the picture that stands there until the script has it all set up.

A page holds `STYLE`, the fragment, then `SCRIPT`. Where scripts are forbidden, and in print, the picture stays.
"""

from __future__ import annotations

import base64
import json
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = files("embedgate.report.live_map")
SCRIPT: str = (_HERE / "map.js").read_text(encoding="utf-8")
"""One function in strict mode: stands in a `<script>` after the fragment."""
STYLE: str = (_HERE / "map.css").read_text(encoding="utf-8")
_ONLY_HERE = "keys"  # what blame was matched by


def live_map(payload: Mapping[str, Any], picture: str) -> str:
    """The map as a fragment of HTML, in which no name stands as it is: the data are JSON, deflated, as base64.

    Names of ten neighbours a point are most of it, and are packed into a quarter.

    Args:
        payload: of `map_payload` or `with_blame`.
        picture: safe HTML of the picture that the script takes the place of.
    """
    shown = {name: value for name, value in payload.items() if name != _ONLY_HERE}
    # as ASCII: half a surrogate pair comes through
    data = base64.b64encode(zlib.compress(json.dumps(shown, separators=(",", ":")).encode("ascii"))).decode("ascii")
    return (
        f'<div class="eg-map" id="eg-map"><div class="eg-map-static">{picture}</div>'
        f'<script type="text/plain" id="eg-map-data">{data}</script></div>'
    )


def in_page(payload: Mapping[str, Any], picture: str) -> str:
    """`live_map` with what it looks like and its script, for a place in a page where scripts run."""
    return f"<style>{STYLE}</style>{live_map(payload, picture)}<script>{SCRIPT}</script>"
