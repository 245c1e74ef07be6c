"""Keys that are missing, superfluous or written differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.faults.fault import FaultyModel, some, usable_vectors, without
from embedgate.faults.training import median_genre

if TYPE_CHECKING:
    from embedgate.material.model import ModelUnderTest

_CLOSE = 0.02  # standard deviation of a duplicate's vector around the original's, relative to that of all vectors


def tracks_lost(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel | None:
    """Remove a share of the tracks."""
    return without(model, some(model, share, rng))


def most_played_lost(model: ModelUnderTest, count: float, _rng: np.random.Generator) -> FaultyModel | None:
    """Remove the most played tracks."""
    return without(model, np.argsort(-model.plays, kind="stable")[: round(count)])


def genre_lost(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel | None:
    """Remove a share of the tracks of one genre, that of median size."""
    tracks = median_genre(model)
    return None if tracks is None else without(model, rng.permutation(tracks)[: round(share * len(tracks))])


def duplicates_added(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Add a share of the tracks again as radio edits, with almost the same vectors."""
    new_key = {track: f"{key} - Radio Edit" for track, key in enumerate(model.tracks)}
    tracks = np.array([track for track in some(model, share, rng) if new_key[track] not in model.number_of], np.intp)
    vectors = usable_vectors(model)
    distance = _CLOSE * vectors.std() * rng.standard_normal((len(tracks), vectors.shape[1]))
    added = [new_key[track] for track in tracks]
    return FaultyModel.of([*model.tracks, *added], np.vstack([vectors, vectors[tracks] + distance]), added)


def keys_normalized(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel | None:
    """Write a share of the keys differently: case-folded with underscores, or as decimal numbers."""
    keys = list(model.tracks)
    for track in some(model, share, rng):
        key = keys[track]
        keys[track] = f"{key}.0" if key.isdecimal() else key.casefold().replace(" ", "_")
    changed = [old for old, new in zip(model.tracks, keys, strict=True) if old != new]
    if share > 0 and not changed:
        return None
    return FaultyModel.of(keys, usable_vectors(model), changed)
