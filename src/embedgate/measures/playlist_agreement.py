"""Whether a track is close to the tracks that it shares playlists with, relative to tracks of similar popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_MAX_OTHERS = 200
_BLOCK = 4_096
_CELLS = 2**24  # numbers in a matrix of some columns, 128 MB


def playlist_context(model: ModelUnderTest) -> NDArray[np.float64]:
    """Return the mean centred vector of the tracks that each track shares playlists with, playlists weighted equally.

    Returns:
        shape (n, d); NaN for a track that shares no playlist with another.
    """
    return np.concatenate([context for _, _, context in _contexts(model)], axis=1)


def _contexts(
    model: ModelUnderTest,
) -> Iterator[tuple[slice, NDArray[np.float32], NDArray[np.float64]]]:
    """Yield some columns at a time: which, the centred vectors, and the contexts; a large vocabulary fills memory."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    playlist, track = model.distinct_plays
    n, dimensions = model.unit.shape
    mean = model.unit.mean(axis=0)
    lengths = np.bincount(playlist, minlength=len(model.playlists))
    shared = lengths[playlist] > 1
    if not shared.all():
        playlist, track = playlist[shared], track[shared]
    weight = 1 / np.maximum(lengths - 1.0, 1)
    starts = np.concatenate([[0], np.cumsum(np.where(lengths > 1, lengths, 0))])
    incidence = csr_array((np.ones(len(track)), track, starts), shape=(len(model.playlists), n))
    total = incidence.T @ weight
    counts = np.bincount(track, minlength=n)[:, None]
    step = max(1, min(dimensions, _CELLS // max(n, len(model.playlists))))
    for left in range(0, dimensions, step):
        columns = slice(left, left + step)
        unit = model.unit[:, columns] - mean[columns]
        others = incidence.T @ (weight[:, None] * (incidence @ unit)) - total[:, None] * unit
        yield columns, unit, np.divide(others, counts, out=np.full(unit.shape, np.nan), where=counts > 0)


def playlist_agreement(model: ModelUnderTest, groups: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return the share of other tracks whose contexts are farther from a track than its own context, shape (n,).

    0.5 on average for a vector that belongs to another key, near 1 for a track that is close to those of its
    playlists; NaN without context. The other tracks are of similar popularity, since the context of a track in many
    playlists is a mean of many vectors.

    Args:
        model: n tracks.
        groups: track numbers of groups of similar popularity.
    """
    n, dimensions = model.unit.shape
    playlist, track = model.distinct_plays
    known = np.zeros(n, dtype=bool)
    known[track[np.bincount(playlist)[playlist] > 1]] = True
    rng = np.random.default_rng(SEED)
    groups = [group[known[group]] for group in groups]
    drawn = [rng.permutation(members)[:_MAX_OTHERS] for members in groups]
    contexts = [np.empty((len(others), dimensions)) for others in drawn]
    own = np.zeros(n)
    for columns, unit, context in _contexts(model):
        own += np.einsum("ij,ij->i", unit, context)
        for place, others in zip(contexts, drawn, strict=True):
            place[:, columns] = context[others]
    mean = model.unit.mean(axis=0)
    agreement = np.full(n, np.nan)
    for members, others, of_others in zip(groups, drawn, contexts, strict=True):
        if len(others) < 2:
            continue
        for block in np.array_split(members, -(-len(members) // _BLOCK)):
            similarities = (model.unit[block] - mean) @ of_others.T
            different = block[:, None] != others
            below = (similarities < own[block, None]) + (similarities == own[block, None]) / 2
            agreement[block] = (below * different).sum(axis=1) / different.sum(axis=1)
    return agreement
