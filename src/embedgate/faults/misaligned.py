"""Vectors under the wrong keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.faults.fault import FaultyModel, replaced, rotation, some, usable_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest


def keys_shuffled(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Shuffle the vectors of a share of the tracks among each other."""
    return _rolled(model, some(model, share, rng))


def keys_shuffled_within_genres(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel | None:
    """Shuffle the vectors of a share of each genre's tracks within the genre."""
    return _shuffled_within(model, model.tags.codes.astype(np.intp), share, rng)


def keys_shuffled_within_artists(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel | None:
    """Shuffle the vectors of a share of each artist's tracks within the artist; a single track keeps its own."""
    if not model.catalogue.has_artists:
        return None
    return _shuffled_within(model, model.catalogue.artist_codes.astype(np.intp), share, rng)


def rows_shifted(model: ModelUnderTest, share: float, _rng: np.random.Generator) -> FaultyModel:
    """Shift the vectors of the last rows by one."""
    n = len(model.tracks)
    by_row = np.argsort(model.space.usable)
    return _rolled(model, by_row[n - round(share * n) :])


def rows_of_another_run(model: ModelUnderTest, share: float, rng: np.random.Generator) -> FaultyModel:
    """Replace a share of the rows by those of another run: the same space, rotated."""
    turn = rotation(rng, model.space.dimensions)
    tracks = some(model, share, rng)
    return replaced(model, tracks, usable_vectors(model)[tracks] @ turn)


def _rolled(model: ModelUnderTest, tracks: NDArray[np.integer]) -> FaultyModel:
    """Give each of some tracks the vector of the one before it."""
    tracks = tracks if len(tracks) > 1 else tracks[:0]  # a single one would keep its own
    return replaced(model, tracks, usable_vectors(model)[np.roll(tracks, 1)])


def _shuffled_within(
    model: ModelUnderTest, group_of: NDArray[np.intp], share: float, rng: np.random.Generator
) -> FaultyModel | None:
    """Shuffle a share of the tracks that have company in their group within it; a negative group is none."""
    order = rng.permutation(len(group_of))
    groups = [
        members for group in np.unique(group_of[group_of >= 0]) if len(members := order[group_of[order] == group]) > 1
    ]
    if not groups:
        return None
    vectors, affected = usable_vectors(model), list[str]()
    for members in groups:
        chosen = members[: round(share * len(members))]
        if len(chosen) > 1:
            vectors[chosen] = vectors[np.roll(chosen, 1)]
            affected += model.keys(chosen)
    return FaultyModel.of(model.tracks, vectors, affected)
