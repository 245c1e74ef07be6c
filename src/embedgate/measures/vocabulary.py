"""Vocabulary: which tracks have a vector, weighted by plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.measurement import Measurement
from embedgate.statistics import mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace


def size(space: EmbeddingSpace) -> Measurement:
    """Count the distinct keys."""
    distinct = len(space.row_of)
    return Measurement(
        value=float(distinct),
        n=len(space),
        summary=f"{distinct:,} tracks have a vector of {space.dimensions} dimensions",
    )


def play_coverage(model: ModelUnderTest) -> Measurement:
    """Return the share of plays whose track has a vector, with a bootstrap interval over playlists.

    The offending tracks have no vector, the most played first.
    """
    playlists, inside = model.playlists, _in_vocabulary(model)
    covered = inside[playlists.plays]
    value = float(covered.mean())
    by_plays = playlists.by_plays
    return Measurement(
        value=value,
        n=len(covered),
        interval=mean_interval(covered, playlists.content_rank[playlists.playlist_of_play]),
        tracks=tuple(playlists.tracks[track] for track in by_plays[~inside[by_plays]]),
        summary=f"{value:.1%} of {len(covered):,} plays are of tracks that have a vector",
        hint=_spelling_hint(model, inside)
        or ("check for unseen tracks, or lower min_count" if model.held_out else "lower min_count"),
    )


def playlist_coverage(model: ModelUnderTest) -> Measurement:
    """Return the share of playlists that contain at least one track with a vector."""
    playlists, inside = model.playlists, _in_vocabulary(model)
    covered = np.bincount(playlists.playlist_of_play, weights=inside[playlists.plays], minlength=len(playlists))
    value = float((covered > 0).mean())
    return Measurement(
        value=value,
        n=len(playlists),
        summary=f"{value:.1%} of {len(playlists):,} playlists contain a track that has a vector",
        hint=_spelling_hint(model, inside) or "check whether playlists and model come from different data",
    )


def top_tracks_missing(model: ModelUnderTest, top: int) -> Measurement:
    """Count the `top` most played tracks that have no vector; of equally played tracks, the first played count."""
    playlists, inside = model.playlists, _in_vocabulary(model)
    required = playlists.by_plays[:top]
    missing = required[~inside[required]]
    worst = (
        f": {playlists.tracks[missing[0]]!r} ({playlists.play_counts[missing[0]]:,} plays)" if len(missing) else ""
    )
    return Measurement(
        value=float(len(missing)),
        n=len(required),
        tracks=tuple(playlists.tracks[track] for track in missing),
        summary=f"{len(missing):,} of the {len(required):,} most played tracks have no vector{worst}",
        hint=_spelling_hint(model, inside)
        or "a popular track was filtered out: check min_count and how keys are cleaned",
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
    """Stratify coverage by plays, in bins that double: 1, 2 to 3, 4 to 7, ..."""
    plays, inside = model.playlists.play_counts, _in_vocabulary(model)
    bins = np.floor(np.log2(np.maximum(plays, 1))).astype(int)
    strata = []
    for bin_ in np.unique(bins[plays > 0]):
        here = (bins == bin_) & (plays > 0)
        covered = here & inside
        strata.append(
            CoverageStratum(
                low=int(2**bin_),
                high=int(2 ** (bin_ + 1) - 1),
                tracks=int(here.sum()),
                covered_tracks=int(covered.sum()),
                plays=int(plays[here].sum()),
                covered_plays=int(plays[covered].sum()),
            )
        )
    return tuple(strata)


def _in_vocabulary(model: ModelUnderTest) -> NDArray[np.bool_]:
    """Return which distinct tracks of the playlists have a row in the space, usable or not."""
    known, tracks = model.space.row_of, model.playlists.tracks
    return np.fromiter((track in known for track in tracks), bool, len(tracks))


def _spelling_hint(model: ModelUnderTest, inside: NDArray[np.bool_]) -> str:
    """Return a hint if most missing tracks are in the model in another case or with other white space."""
    missing = [track for track, covered in zip(model.playlists.tracks, inside, strict=True) if not covered]
    folded = {key.strip().casefold() for key in model.space.keys} if missing else set()
    respelt = sum(track.strip().casefold() in folded for track in missing)
    if not missing or respelt < 0.5 * len(missing):
        return ""
    return (
        f"{respelt:,} of the {len(missing):,} missing tracks are in the model in another case or with other white "
        "space: check where the keys are changed before training"
    )
