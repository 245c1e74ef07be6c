"""Which tracks have a vector, weighed by how often they are played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement
from embedgate.statistics import ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace


def size(space: EmbeddingSpace) -> Measurement:
    """Count the distinct keys."""
    distinct = len(space.row_of)
    return Measurement(
        value=float(distinct),
        n=len(space),
        summary=f"{distinct:,} tracks have a vector, {space.dimensions} dimensions each",
    )


def _in_vocabulary(model: ModelUnderTest) -> NDArray[np.bool_]:
    """Which distinct tracks of the playlists have a row in the space, whole or broken."""
    known = model.space.row_of
    tracks = model.playlists.tracks
    return np.fromiter((track in known for track in tracks), bool, len(tracks))


def play_coverage(model: ModelUnderTest) -> Measurement:
    """Share of all plays whose track has a vector.

    The interval is a bootstrap over playlists.
    """
    playlists, inside = model.playlists, _in_vocabulary(model)
    covered = inside[playlists.plays]
    value = float(covered.mean())
    return Measurement(
        value=value,
        n=len(covered),
        interval=ratio_interval(covered, np.ones(len(covered)), playlists.playlist_of_play),
        tracks=_missing_by_plays(playlists, inside),
        summary=f"{value:.1%} of {len(covered):,} plays are of tracks that have a vector",
        hint=_spelling_hint(model, inside)
        or ("look for unseen tracks, or lower min_count" if model.held_out else "lower min_count"),
    )


def playlist_coverage(model: ModelUnderTest) -> Measurement:
    """Share of playlists that hold at least one track with a vector."""
    playlists, inside = model.playlists, _in_vocabulary(model)
    touched = np.bincount(playlists.playlist_of_play, weights=inside[playlists.plays], minlength=len(playlists))
    value = float((touched > 0).mean())
    return Measurement(
        value=value,
        n=len(playlists),
        summary=f"{value:.1%} of {len(playlists):,} playlists hold a track that has a vector",
        hint=_spelling_hint(model, inside) or "look whether playlists and model come from different data",
    )


def top_tracks_missing(model: ModelUnderTest, top: int) -> Measurement:
    """Count the most played tracks that have no vector.

    Of tracks at the boundary that are played equally often, those that are played first are asked for.
    """
    playlists, inside = model.playlists, _in_vocabulary(model)
    asked = playlists.by_plays[:top]
    missing = [int(track) for track in asked if not inside[track]]
    plays = playlists.play_counts
    worst = f": {playlists.tracks[missing[0]]!r} ({plays[missing[0]]:,} plays)" if missing else ""
    return Measurement(
        value=float(len(missing)),
        n=len(asked),
        tracks=tuple(playlists.tracks[track] for track in missing),
        summary=f"{len(missing):,} of the {len(asked):,} most played tracks have no vector{worst}",
        hint=_spelling_hint(model, inside)
        or "a hit was filtered out: look at min_count, and at what cleans up the keys",
    )


@dataclass(frozen=True, slots=True)
class CoverageStratum:
    """Coverage of the tracks that are played between `low` and `high` times."""

    low: int
    high: int
    tracks: int
    covered_tracks: int
    plays: int
    covered_plays: int


def coverage_by_popularity(model: ModelUnderTest) -> tuple[CoverageStratum, ...]:
    """Slice coverage by the plays of a track, in bins that double: 1, 2 to 3, 4 to 7, ..."""
    plays, inside = model.playlists.play_counts, _in_vocabulary(model)
    bins = np.floor(np.log2(np.maximum(plays, 1))).astype(int)
    slices = []
    for bin_ in np.unique(bins[plays > 0]):
        here = (bins == bin_) & (plays > 0)
        slices.append(
            CoverageStratum(
                2**bin_,
                2 ** (bin_ + 1) - 1,
                int(here.sum()),
                int(inside[here].sum()),
                int(plays[here].sum()),
                int(plays[here & inside].sum()),
            )
        )
    return tuple(slices)


def _missing_by_plays(playlists: Playlists, inside: NDArray[np.bool_]) -> tuple[str, ...]:
    order = playlists.by_plays
    return tuple(playlists.tracks[track] for track in order[~inside[order]])


def _spelling_hint(model: ModelUnderTest, inside: NDArray[np.bool_]) -> str:
    """Say so when what is missing is there in another case or with other blanks around it."""
    missing = [track for track, here in zip(model.playlists.tracks, inside, strict=True) if not here]
    if not missing:
        return ""
    folded = {key.strip().casefold() for key in model.space.keys}
    respelt = sum(track.strip().casefold() in folded for track in missing)
    if respelt < 0.5 * len(missing):
        return ""
    return (
        f"{respelt:,} of the {len(missing):,} missing tracks are in the model in another case or with other "
        "blanks: the keys were changed on the way into the model"
    )
