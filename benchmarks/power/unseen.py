"""Whether a model is good: pairs of tracks from playlists that trained no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.power.world import Playlists
    from embedgate.material.space import EmbeddingSpace

_PARTS = (slice(None, -1), slice(1, None))


@dataclass(frozen=True, eq=False)
class UnseenPairs:
    """Consecutive tracks of playlists that trained no model, each with an unrelated track as popular as the second.

    Attributes:
        keys: key of each track.
        first, second, other: track numbers, shape (m,) each.
        playlist: playlist of each pair, shape (m,).
    """

    keys: Sequence[str]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    other: NDArray[np.intp]
    playlist: NDArray[np.intp]

    @classmethod
    def of(cls, lists: Playlists, keys: Sequence[str], seed: int) -> UnseenPairs:
        """Return the pairs of playlists; the unrelated tracks are the second ones, permuted."""
        first, second = (np.concatenate([tracks[part] for tracks in lists.tracks]) for part in _PARTS)
        playlist = np.repeat(np.arange(len(lists)), [len(tracks) - 1 for tracks in lists.tracks])
        return cls(keys, first, second, np.random.default_rng(seed).permutation(second), playlist)

    def lead(self, space: EmbeddingSpace, members: NDArray[np.bool_] | None = None) -> float:
        """Return how much more often than by chance the consecutive track is the nearer one, at most 0.5.

        Args:
            space: the model; only tracks that have a vector count.
            members: whether each track belongs to a group, shape (n,); None: all pairs count, else those that
                begin with a member.
        """
        won, known = self._won(space)
        chosen = known if members is None else known & members[self.first]
        return float(won[chosen].mean() - 0.5) if chosen.any() else 0.0

    def is_above_chance(self, space: EmbeddingSpace) -> bool:
        """Return whether the lead is above zero by three standard errors; playlists are independent."""
        won, known = self._won(space)
        lead, playlist = won[known] - 0.5, self.playlist[known]
        totals = np.bincount(playlist, weights=lead)
        return bool(totals.sum() > 3 * np.sqrt((totals**2).sum()))

    def _won(self, space: EmbeddingSpace) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return 1 for pairs that are nearer than the unrelated ones, 0.5 for ties; and whether all have vectors."""
        row = {key: track for track, key in enumerate(self.keys)}
        unit = np.zeros((len(row), space.dimensions))
        tracks = [row[space.keys[number]] for number in space.usable]
        unit[tracks] = space.unit
        has = np.zeros(len(row), dtype=bool)
        has[tracks] = True
        near = np.einsum("ij,ij->i", unit[self.first], unit[self.second])
        far = np.einsum("ij,ij->i", unit[self.first], unit[self.other])
        return (1 + np.sign(near - far)) / 2, has[self.first] & has[self.second] & has[self.other]
