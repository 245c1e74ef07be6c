"""Format names and numbers for figures."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from embedgate.sanitize import BIDI_CONTROLS

if TYPE_CHECKING:
    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest

MAX_LENGTH = 90
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_DASH = "\N{EN DASH}"
_MAX_UNFILTERED = 12


def one_line(text: str, limit: int = MAX_LENGTH) -> str:
    """Return a name on one line without control characters and direction controls, cut with an ellipsis."""
    shown = []
    for character in text[: 4 * limit + 100]:
        if character in BIDI_CONTROLS:
            continue
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            shown.append(" ")
        else:
            shown.append("\ufffd" if category == "Cs" else character)
    line = " ".join("".join(shown).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def track_label(model: ModelUnderTest, track: int) -> str:
    """Return artist and title of a track number; the key if it has no artist."""
    catalogue = model.catalogue
    artist, title = catalogue.artists[track], catalogue.titles[track]
    return f"{artist} {_DASH} {title}" if artist else title


def key_label(model: ModelUnderTest, key: str) -> str:
    """Return a key, followed by artist and title if the item catalogue has them."""
    name = "" if model.metadata is None else model.metadata.name_of(key)
    return f"{key} ({name})" if name else key


def genres_to_show(tags: GenreTags, limit: int) -> list[int]:
    """Return numbers of genres: all if there are up to 12, else those with enough tracks, up to the limit."""
    genres = range(len(tags.genres))
    if len(genres) <= _MAX_UNFILTERED:
        return list(genres)
    return [genre for genre in genres if tags.has_enough_tracks(genre)][:limit]


def counted(count: int, thing: str) -> str:
    """Return "1 vector" or "2 vectors"."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def span(low: int, high: int) -> str:
    """Return a number or a range."""
    return f"{low:,}" if low == high else f"{low:,}{_DASH}{high:,}"


def compact(count: int) -> str:
    """Return about three digits of a count: 987, 12.3k, 4.6M."""
    if count >= 999_500:
        return f"{count / 1_000_000:.3g}M"
    return f"{count / 1_000:.3g}k" if count >= 10_000 else f"{count:,}"


def percent(share: float) -> str:
    """Return about three digits of a share in per cent."""
    return f"{share * 100:.3g}%"


def three_digits(value: float) -> str:
    """Return about three digits of a number, without an exponent up to a million."""
    return f"{value:,.0f}" if 1_000 <= abs(value) < 1e6 else f"{value:.3g}"
