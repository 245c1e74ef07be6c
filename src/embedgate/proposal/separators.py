"""Separators within keys and playlist ids, and the tests on the playlists that decide about them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from embedgate.measures.neighbourhood import LEVEL, artists_together
from embedgate.statistics import SEED, permutation_null
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.playlists import Playlists

_RUN: Final = re.compile(r"\s*[^\w\s]+\s*|_+")
_EXAMINED: Final = 5_000
_IN_KEYS, _IN_IDS = 0.9, 0.99
"""Share of the keys, and of the playlist ids, that have to contain a separator."""
_COMMON: Final = 0.5
_MAX_CANDIDATES: Final = 4
_MAX_PAIRS: Final = 5_000
_MIN_PAIRS: Final = 100


@dataclass(frozen=True)
class SeparatorChoice:
    """A separator, "" for none, and why."""

    separator: str
    why: str


def track_separator(model: ModelUnderTest) -> SeparatorChoice:
    """Return what separates the artist from the title in the keys.

    Where the artists are known, their keys show it. Else it is a run of punctuation in nine of ten keys, if tracks
    with the same text before it share playlists more often than chance.

    Args:
        model: keys, playlists and artists; its vectors are not used.
    """
    keys, known = model.tracks, model.catalogue.artists
    after = Counter(
        found[0]
        for key, artist in islice(zip(keys, known, strict=True), _EXAMINED)
        if artist and key.startswith(artist) and (found := _RUN.match(key, len(artist)))
    )
    if after and after.most_common(1)[0][1] >= len(keys[:_EXAMINED]) / 2:
        separator, times = after.most_common(1)[0]
        return SeparatorChoice(
            separator, f"{times:,} of {len(keys[:_EXAMINED]):,} keys are an artist, this, and a title"
        )
    candidates = _candidates(keys, _IN_KEYS)
    best, most, refused = "", 1.0, ""
    why = "no punctuation is in nine of ten keys: they contain no artist"
    for separator in candidates:
        split = replace(model, separator=separator)
        together = artists_together(split) if split.catalogue.has_artists else None
        if together is None or together.share < together.null.critical:
            refused = refused or separator
            continue
        lift = together.share / max(together.null.median, 1 / together.pairs)
        if lift > most:
            best, most = separator, lift
            artists = len(set(split.catalogue.folded_artists))
            why = (
                f"before it are {artists:,} artists, whose tracks share playlists {lift:,.0f} times as often as "
                "chance"
            )
    if not best and refused:
        why = f"what is before {refused!r} in the keys is no artist: such tracks share playlists no more than chance"
    return SeparatorChoice(best, why)


def user_separator(playlists: Playlists) -> SeparatorChoice:
    """Return what separates the user from the name in playlist ids.

    It is a run of punctuation in (nearly) all ids, if most ids have a name after it that other users have too, or if
    playlists with the same text before it share tracks more often than chance.
    """
    if playlists.names is not None:
        return SeparatorChoice("", "the names are a column of their own")
    best, most, why = "", (0.0, 0.0), "playlist ids contain no user"
    for separator in _candidates(playlists.ids, _IN_IDS):
        parts = [each.partition(separator) for each in playlists.ids]
        users = np.unique(np.array([user for user, _, _ in parts], dtype=object), return_inverse=True)[1]
        count = int(users.max()) + 1
        if count == 1:
            continue
        users_of_name = Counter(name for name, _ in {(name, user) for user, _, name in parts})
        common = sum(users_of_name[name] > 1 for _, _, name in parts) / len(parts)
        lift, deviate = (_users_together(playlists, users) if count < len(users) else None) or (0.0, 0.0)
        if (common >= _COMMON or lift) and (common, deviate) > most:
            best, most = separator, (common, deviate)
            why = f"before it are {count:,} users; {common:.0%} of the names after it are those of several users"
            if lift:
                why += f", and playlists of one user share tracks {lift:,.1f} times as often as chance"
    return SeparatorChoice(best, why)


def _users_together(playlists: Playlists, users: NDArray[np.intp]) -> tuple[float, float] | None:
    """Return how much more often than by chance two playlists with a common track are by one user.

    Returns:
        the factor, and the difference in standard deviations; None if it is no more often, or the pairs are too few.
    """
    playlist, track = playlists.distinct_plays(np.arange(len(playlists.tracks)))
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(track))
    order = order[np.argsort(track[order], kind="stable")]  # by track, in random order
    playlist, track = playlist[order], track[order]
    adjacent = rng.permutation(np.flatnonzero(track[1:] == track[:-1]))[:_MAX_PAIRS]
    if len(adjacent) < _MIN_PAIRS:
        return None
    one, other = playlist[adjacent], playlist[adjacent + 1]

    def share(of: NDArray[np.intp]) -> float:
        return float(np.mean(of[one] == of[other]))

    null = permutation_null(lambda rng: share(rng.permutation(users)), LEVEL)
    found, spread = share(users), float(null.scores.std())
    if found < null.critical or not spread:
        return None
    return found / max(null.median, 1 / len(adjacent)), (found - float(null.scores.mean())) / spread


def _candidates(texts: Sequence[str], share: float) -> list[str]:
    """Return the runs of punctuation that most texts contain after their start, the most frequent first."""
    examined = list(map(replace_surrogates, texts[:_EXAMINED]))  # no TOML can contain a lone surrogate
    times = Counter(run for text in examined for run in set(_runs(text.rstrip())))
    often = [run for run, count in times.items() if count >= share * len(examined)]
    return sorted(often, key=lambda run: (-times[run], -len(run), run))[:_MAX_CANDIDATES]


def _runs(text: str) -> Iterable[str]:
    """Yield runs of punctuation with the spaces around them and without, and their first characters."""
    for found in _RUN.finditer(text):
        plain = found[0].strip()
        if found.start() and found.end() < len(text):
            yield from {found[0], plain}
        if found.start() and plain:
            yield plain[0]
