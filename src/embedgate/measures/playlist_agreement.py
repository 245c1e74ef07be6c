"""Whether a track is close to the tracks that it shares playlists with, relative to tracks of similar popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_MAX_OTHERS = 200
_BLOCK = 4_096


def playlist_context(model: ModelUnderTest) -> NDArray[np.float64]:
    """Return the mean centred vector of the tracks that each track shares playlists with, playlists weighted equally.

    Returns:
        shape (n, d); NaN for a track that shares no playlist with another.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    playlist, track = model.distinct_plays
    unit = model.unit - model.unit.mean(axis=0)
    lengths = np.bincount(playlist, minlength=len(model.playlists))
    shared = lengths[playlist] > 1
    playlist, track = playlist[shared], track[shared]
    weight = 1 / np.maximum(lengths - 1.0, 1)
    shape = (len(model.playlists), len(unit))
    incidence = csr_array((np.ones(len(track)), (playlist, track)), shape=shape)
    others = incidence.T @ (weight[:, None] * (incidence @ unit)) - (incidence.T @ weight)[:, None] * unit
    counts = np.bincount(track, minlength=len(unit))
    context = np.full(unit.shape, np.nan)
    context[counts > 0] = others[counts > 0] / counts[counts > 0, None]
    return context


def playlist_agreement(model: ModelUnderTest, groups: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return the share of other tracks whose contexts are farther from a track than its own context, shape (n,).

    0.5 on average for a vector that belongs to another key, near 1 for a track that is close to those of its
    playlists; NaN without context. The other tracks are of similar popularity, since the context of a track in many
    playlists is a mean of many vectors.

    Args:
        model: n tracks.
        groups: track numbers of groups of similar popularity.
    """
    context = playlist_context(model)
    known = ~np.isnan(context[:, 0])
    unit = model.unit - model.unit.mean(axis=0)
    own = np.einsum("ij,ij->i", unit, context)
    rng = np.random.default_rng(SEED)
    agreement = np.full(len(unit), np.nan)
    for group in groups:
        members = group[known[group]]
        others = rng.permutation(members)[:_MAX_OTHERS]
        if len(others) < 2:
            continue
        for block in np.array_split(members, -(-len(members) // _BLOCK)):
            similarities = unit[block] @ context[others].T
            different = block[:, None] != others
            below = (similarities < own[block, None]) + (similarities == own[block, None]) / 2
            agreement[block] = (below * different).sum(axis=1) / different.sum(axis=1)
    return agreement
