"""The map as a reader can use it: move, zoom, search, and see the neighbours that a track has in the space.

`map_payload` is made where the model is, `with_blame` adds what the checks said, `live_map` makes the page's part,
`in_page` all that it takes.
"""

from embedgate.report.live_map.component import SCRIPT, STYLE, in_page, live_map
from embedgate.report.live_map.payload import map_payload, with_blame

__all__ = ["SCRIPT", "STYLE", "in_page", "live_map", "map_payload", "with_blame"]
