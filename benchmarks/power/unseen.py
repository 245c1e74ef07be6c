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

    def lead(self, space: EmbeddingSpace) -> float:
        """Return how much more often than by chance the consecutive track is the nearer one, at most 0.5.

        Only tracks that have a vector count.
        """
        won, known = self._won(space)
        return float(won[known].mean() - 0.5) if known.any() else 0.0

    def is_above_chance(self, space: EmbeddingSpace) -> bool:
        """Return whether the lead is above zero by three standard errors."""
        won, known = self._won(space)
        return self._deviate(won - 0.5, known) > 3

    def has_certainly_lost(
        self, share: float, space: EmbeddingSpace, sound: EmbeddingSpace, members: NDArray[np.bool_]
    ) -> bool:
        """Return whether a group has lost more than a share of the lead that it has in a sound model, at 95 %.

        Pairs count that begin with a member.

        Args:
            share: of the lead.
            space: the model.
            sound: another model, in which the lead of the group is above zero.
            members: whether each track belongs to the group, shape (n,).
        """
        (new, has_new), (old, has_old) = self._won(space), self._won(sound)
        kept = (1 - share) * (old - 0.5) - (new - 0.5)
        return self._deviate(kept, has_new & has_old & members[self.first]) > 1.96

    def _deviate(self, values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
        """Return the sum of the values of chosen pairs in standard errors; playlists are independent."""
        totals = np.bincount(self.playlist[chosen], weights=values[chosen])
        error = float(np.sqrt((totals**2).sum()))
        return float(totals.sum()) / error if error else 0.0

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
