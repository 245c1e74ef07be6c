"""Recognize keys such as `101631.0`: pandas turns integers into floats if one of them is missing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, KeysView

REASON = "pandas turns integers into floats if one is missing"
_LOOKED_AT = 100


def is_float(name: str) -> bool:
    """Return whether a key is a whole number with a fraction of zeros."""
    whole, dot, fraction = name.partition(".")
    return bool(dot) and whole.isdecimal() and not fraction.strip("0")


def as_integer(name: str) -> str:
    """Return a key without the fraction of a float: `101631.0` becomes `101631`."""
    return name.partition(".")[0] if is_float(name) else name


def mismatch(keys: KeysView[str], tracks: Collection[str]) -> str:
    """Return why no key of the vectors is a track of the playlists, if floats are the reason; else "".

    Args:
        keys: the keys of the vectors.
        tracks: the tracks of the playlists.
    """
    if not keys.isdisjoint(tracks):
        return ""
    for name, floats, others in (("keys of the vectors", keys, tracks), ("tracks of the playlists", tracks, keys)):
        found = next(filter(is_float, islice(floats, _LOOKED_AT)), None)
        if found is not None and not set(map(as_integer, floats)).isdisjoint(others):
            return (
                f"no track of the playlists has a vector: the {name} are floats, such as {found}, and the others are "
                f"not, such as {next(iter(others)):.60}: {REASON}. Write integers or text, such as "
                'frame["track"].astype("Int64")'
            )
    return ""
