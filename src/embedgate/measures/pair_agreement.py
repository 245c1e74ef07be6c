"""How often a track is closer to the tracks of its playlists than to others of similar popularity, track by track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.query_sample import popularity_bins
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest

_BLOCK = 100
_MAX_PAIRS = 200_000
_FEWEST, _MOST = 5, 50
"""Playlists of a track from which a pair is drawn: enough for a mean, and linear in the number of tracks."""
_AT_ONCE = 200
"""Blocks whose products are in memory together: 16 MB."""


def pair_agreement(model: ModelUnderTest) -> NDArray[np.float64]:
    """Return the mean share of other tracks that are farther from a track than a track of its playlists, shape (n,).

    0.5 on average at chance level, 1 at most; NaN for a track that shares no playlist with another, or if there are
    fewer than a hundred pairs. It is the area under the ROC curve of `neighbours.co_listening`, by track: a pair is
    compared with re-pairings of its first track with the second tracks of a hundred pairs of similar popularity.

    Two models with the same tracks and playlists are measured on the same pairs.
    """
    first, second = _pairs(model)
    agreement = np.full(len(model.tracks), np.nan)
    if len(first) < _BLOCK:
        return agreement
    bins = popularity_bins(model.plays)
    order = np.lexsort((bins[second], bins[first]))
    first, second = first[order], second[order]
    starts = np.append(np.arange(0, len(first) - _BLOCK, _BLOCK), len(first) - _BLOCK)  # the last two may overlap
    score = np.empty(len(first))
    for some in np.array_split(starts, -(-len(starts) // _AT_ONCE)):
        rows = some[:, None] + np.arange(_BLOCK)
        cosines = model.unit[first[rows]] @ model.unit[second[rows]].transpose(0, 2, 1)
        own = np.diagonal(cosines, axis1=1, axis2=2)[:, :, None]
        farther = (cosines < own).sum(axis=2) + ((cosines == own).sum(axis=2) - 1) / 2
        score[rows] = farther / (_BLOCK - 1)
    counts = np.bincount(first, minlength=len(agreement))
    sums = np.bincount(first, score, len(agreement))
    agreement[counts > 0] = sums[counts > 0] / counts[counts > 0]
    return agreement


def _pairs(model: ModelUnderTest) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw a partner for each track from each of its playlists, at most fifty; track numbers, shape (m,) each.

    The draws depend on the content of the playlists, not on their order. The pairs are in random order, so that a
    block does not consist of one playlist.
    """
    playlist, track = model.distinct_plays
    lengths = np.bincount(playlist, minlength=len(model.playlists))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    plays = np.flatnonzero(lengths[playlist] > 1).astype(np.int32)  # millions: half the memory
    plays = plays[np.argsort(model.playlists.content_rank[playlist[plays]], kind="stable")]
    rng = np.random.default_rng(SEED)
    plays = rng.permutation(plays)
    step = 1 + (rng.random(len(plays)) * (lengths[playlist[plays]] - 1)).astype(np.int32)
    by_track = np.argsort(track[plays], kind="stable")
    counts = np.bincount(track[plays], minlength=len(model.tracks))
    rank = np.empty(len(plays), dtype=np.int32)
    rank[by_track] = np.arange(len(plays)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < np.clip(_MAX_PAIRS // max(1, len(model.tracks)), _FEWEST, _MOST)
    plays, step = plays[kept], step[kept]
    start = starts[playlist[plays]]
    partner = start + (plays - start + step) % lengths[playlist[plays]]
    return track[plays], track[partner]
