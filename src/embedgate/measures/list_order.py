"""Whether the order of playlists carries information: tested on the playlists alone, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import SEED

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
    fit = _fits(playlists)
    size = np.count_nonzero(np.isfinite(fit), axis=1)
    below = np.count_nonzero(fit < fit[:, -1:], axis=1)
    ties = np.count_nonzero(fit[:, :, None] == fit[:, None, :], axis=2)
    excess = below + ties[:, -1] / 2 - size / 2
    # the variance of the numbers 1 to n, less that of tied ones, which all have their mean as rank
    variance = (size**2 - 1 - np.where(ties, ties**2 - 1, 0).sum(axis=1) / np.maximum(size, 1)).sum() / 12
    return float(excess.sum() / variance**0.5) if variance > 0 else None


def order_matters(playlists: Playlists) -> bool:
    """Return whether the order of the playlists carries information, at a level of 0.01."""
    deviate = order_deviate(playlists)
    return deviate is not None and deviate > _CRITICAL


def _fits(playlists: Playlists) -> NDArray[np.float64]:
    """Return the fits of earlier tracks to the last one, that of the one before last at the end, padded with NaN.

    Shape (m, 20), of up to 2,000 playlists.
    """
    rng = np.random.default_rng(SEED)
    playlist, track = playlists.distinct_plays(np.arange(len(playlists.tracks)))
    by_track = playlist[np.argsort(track, kind="stable")]
    ends = np.cumsum(np.bincount(track, minlength=len(playlists.tracks)))
    starts = np.append(0, ends[:-1])
    has_last = np.zeros(len(playlists), dtype=bool)
    fits = np.full((_MAX_PLAYLISTS, _MAX_EARLIER), np.nan)
    found = 0
    for number in rng.permutation(playlists.by_content)[:_MAX_PLAYLISTS]:
        tracks = playlists.plays[playlists.offsets[number] : playlists.offsets[number + 1]]
        if len(tracks) < 3 or len(set(tracks.tolist())) < len(tracks):
            continue
        chosen = np.append(rng.permutation(tracks[:-2])[: _MAX_EARLIER - 1], tracks[-2])
        of_last = by_track[starts[tracks[-1]] : ends[tracks[-1]]]
        has_last[of_last] = True
        of_chosen = np.concatenate([by_track[starts[one] : ends[one]] for one in chosen])
        plays = ends[chosen] - starts[chosen]
        shared = np.add.reduceat(has_last[of_chosen], np.cumsum(plays) - plays, dtype=np.int64)
        has_last[of_last] = False
        fits[found, -len(chosen) :] = (shared - 1) / np.maximum(plays - 1, 1)
        found += 1
    return fits[:found]
