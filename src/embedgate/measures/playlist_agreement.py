"""Does a track lie near the tracks that it shares playlists with: told from tracks of like popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_MOST_OTHERS = 200
_BLOCK = 4_096


def playlist_incidence(model: ModelUnderTest) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Playlist and track number of each distinct track of each playlist, out-of-vocabulary tracks left out.

    Returns:
        two arrays of shape (m,), ascending by playlist, then by track.
    """
    playlists = model.playlists
    track = model.playlist_track_numbers[playlists.plays].astype(np.int64)
    inside = track >= 0
    size = np.int64(max(1, len(model.tracks)))
    playlist, track = np.divmod(np.unique(playlists.playlist_of_play[inside] * size + track[inside]), size)
    return playlist, track


def playlist_context(model: ModelUnderTest) -> NDArray[np.float64]:
    """Mean vector of the tracks that each track shares playlists with, centred, each playlist weighing alike.

    Returns:
        shape (n, d); NaN for a track that shares no playlist with another.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    playlist, track = playlist_incidence(model)
    unit = model.unit - model.unit.mean(axis=0)
    lengths = np.bincount(playlist, minlength=len(model.playlists))
    useful = lengths[playlist] > 1
    playlist, track = playlist[useful], track[useful]
    share = 1 / np.maximum(lengths - 1.0, 1)
    shape = (len(model.playlists), len(unit))
    holds = csr_array((np.ones(len(track)), (playlist, track)), shape=shape)
    others = holds.T @ (share[:, None] * (holds @ unit)) - (holds.T @ share)[:, None] * unit
    counts = np.bincount(track, minlength=len(unit))
    found = np.full(unit.shape, np.nan)
    found[counts > 0] = others[counts > 0] / counts[counts > 0, None]
    return found


def playlist_agreement(model: ModelUnderTest, alike: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Share of other tracks whose company a track is farther from than from its own, shape (n,).

    0.5 on average for a vector that belongs to another key, near 1 for one that lies where its playlists are; NaN
    without company. The others are of like popularity, since the company of a track in many playlists is a mean of
    many.

    Args:
        model: n tracks.
        alike: track numbers of groups of like popularity.
    """
    near = playlist_context(model)
    there = ~np.isnan(near[:, 0])
    unit = model.unit - model.unit.mean(axis=0)
    own = np.einsum("ij,ij->i", unit, near)
    rng = np.random.default_rng(SEED)
    found = np.full(len(unit), np.nan)
    for group in alike:
        members = group[there[group]]
        others = rng.permutation(members)[:_MOST_OTHERS]
        if len(others) < 2:
            continue
        for block in np.array_split(members, -(-len(members) // _BLOCK)):
            cosines = unit[block] @ near[others].T
            different = block[:, None] != others
            below = (cosines < own[block, None]) + (cosines == own[block, None]) / 2
            found[block] = (below * different).sum(axis=1) / different.sum(axis=1)
    return found
