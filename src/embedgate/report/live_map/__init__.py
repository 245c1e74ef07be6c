"""The interactive map of the report: pan, zoom, search, and show the neighbours of a track in the embedding space.

`map_payload` collects the data of the model, `with_offending_tracks` adds the data of the checks, and `in_page`
returns the fragment of the report.
"""

from embedgate.report.live_map.component import SCRIPT, STYLE, in_page, live_map
from embedgate.report.live_map.payload import map_payload, with_offending_tracks

__all__ = ["SCRIPT", "STYLE", "in_page", "live_map", "map_payload", "with_offending_tracks"]
