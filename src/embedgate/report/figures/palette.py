"""The colours and markers of figures, page and live map, read from palette.json."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import NamedTuple

_PALETTE = json.loads((files("embedgate.report.figures") / "palette.json").read_text(encoding="utf-8"))
_LIGHT, _GENRES = _PALETTE["light"], _PALETTE["genres"]

INK, MUTED, GRID, PALE, PAPER = (_LIGHT[role] for role in ("ink", "muted", "grid", "pale", "paper"))
RED, BLUE, AMBER = (_LIGHT[role] for role in ("red", "blue", "amber"))
"""A broken bound, an expected value, a value to check."""
CHANCE = _LIGHT["chance"]


class GenreStyle(NamedTuple):
    """Colour and marker of a genre; no two genres share both.

    Attributes:
        colour: on white.
        marker: matplotlib's name.
        slot: index of the colour in the palette; in CSS it is `--eg-genre-<slot>`.
    """

    colour: str
    marker: str
    slot: int


# Okabe and Ito 2008, then Tol's muted scheme: distinct with the common forms of colour blindness
def genre_style(genre: int) -> GenreStyle:
    """Return the style of a genre by its number: 12 colours, then the same colours with other markers."""
    lap, slot = divmod(genre, len(_GENRES))
    return GenreStyle(_GENRES[slot]["light"], _GENRES[(slot + lap) % len(_GENRES)]["marker"], slot)


def _custom_properties(scheme: str) -> str:
    roles = {**_PALETTE[scheme], **{f"genre-{slot}": genre[scheme] for slot, genre in enumerate(_GENRES)}}
    return " ".join(f"--eg-{role}: {colour};" for role, colour in roles.items()) + f" color-scheme: {scheme};"


CUSTOM_PROPERTIES = (
    f".eg, .eg-page {{ {_custom_properties('light')} }}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ .eg, .eg-page {{ {_custom_properties('dark')} }} }}\n"
)
"""CSS that defines each colour as `--eg-<role>`, for light and dark screens; print uses the light colours."""
