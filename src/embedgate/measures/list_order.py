"""Whether the order of playlists carries information: tested on the playlists alone, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED, average_ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.playlists import Playlists

_MAX_PLAYLISTS, _MAX_EARLIER = 2_000, 20
_CRITICAL = 2.33  # standard normal deviate that an unordered collection exceeds once in a hundred times


def order_deviate(playlists: Playlists) -> float | None:
    """Test whether the track before the last fits the last track better than the other tracks of the playlist do.

    The fit of an earlier track to the last one is the share of its other playlists that contain the last one. In a
    playlist without order, the track before the last is any of the earlier tracks, so the rank of its fit among
    theirs is uniformly distributed.

    Returns:
        sum of the ranks minus its expectation, in standard deviations (Wilcoxon 1945, stratified by playlist);
        None if no playlist shows a difference.
    """
    excess = variance = 0.0
    for fit in _fits(playlists):
        ranks = average_ranks(fit)
        excess += ranks[-1] - ranks.mean()
        variance += ranks.var()
    return float(excess / variance**0.5) if variance > 0 else None


def order_matters(playlists: Playlists) -> bool:
    """Return whether the order of the playlists carries information, at a level of 0.01."""
    deviate = order_deviate(playlists)
    return deviate is not None and deviate > _CRITICAL


def _fits(playlists: Playlists) -> list[NDArray[np.float64]]:
    """Return the fits of up to 20 earlier tracks to the last one, the one before last, in up to 2,000 playlists."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    rng = np.random.default_rng(SEED)
    playlist, track = playlists.distinct_plays(np.arange(len(playlists.tracks)))
    shape = (len(playlists.tracks), len(playlists))
    in_playlist = csr_array((np.ones(len(track), dtype=np.int64), (track, playlist)), shape=shape)
    earlier, last, sizes = [], [], []
    for number in rng.permutation(playlists.by_content)[:_MAX_PLAYLISTS]:
        tracks = playlists.plays[playlists.offsets[number] : playlists.offsets[number + 1]]
        if len(tracks) < 3 or len(np.unique(tracks)) < len(tracks):
            continue
        chosen = np.append(rng.permutation(tracks[:-2])[: _MAX_EARLIER - 1], tracks[-2])
        earlier.append(chosen)
        last.append(np.full(len(chosen), tracks[-1]))
        sizes.append(len(chosen))
    if not sizes:
        return []
    first = np.concatenate(earlier)
    both = in_playlist[first].multiply(in_playlist[np.concatenate(last)])
    shared = np.asarray(both.sum(axis=1), dtype=float).ravel() - 1
    others = np.asarray(in_playlist.sum(axis=1), dtype=float).ravel()[first] - 1
    return np.split(shared / np.maximum(others, 1), np.cumsum(sizes)[:-1])
