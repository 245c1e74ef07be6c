"""The live map as part of a page: its data, and the static picture that the script replaces.

The page defines the colours (`palette.CUSTOM_PROPERTIES`) and contains `STYLE`, the fragment, then `SCRIPT`. Without
scripts and in print, the picture stays.
"""

from __future__ import annotations

import base64
import json
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from embedgate.report.bundle import bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = files("embedgate.report.live_map")
SCRIPT: str = bundle(_HERE / "js", "main")
"""Content of a `<script>` after the fragment."""
STYLE: str = (_HERE / "map.css").read_text(encoding="utf-8")
_NOT_IN_PAGE = "keys"


def live_map(payload: Mapping[str, Any], picture: str) -> str:
    """Return the map as a fragment of HTML; its data are deflated JSON in base64, so that no name can be markup.

    Args:
        payload: of `map_payload` or `with_offending_tracks`.
        picture: the static picture, safe HTML.
    """
    shown = {name: value for name, value in payload.items() if name != _NOT_IN_PAGE}
    # json.dumps escapes to ASCII, which keeps unpaired surrogates
    data = base64.b64encode(zlib.compress(json.dumps(shown, separators=(",", ":")).encode("ascii"))).decode("ascii")
    return (
        f'<div class="eg-map" id="eg-map"><div class="eg-map-static">{picture}</div>'
        f'<script type="text/plain" id="eg-map-data">{data}</script></div>'
    )


def in_page(payload: Mapping[str, Any], picture: str) -> str:
    """Return `live_map` with its style and script, to be placed where scripts run."""
    return f"<style>{STYLE}</style>{live_map(payload, picture)}<script>{SCRIPT}</script>"
