"""The model under test beside the champion, on the tracks that both have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace


@dataclass(frozen=True, eq=False)
class ModelPair:
    """Candidate and champion; both are judged by the candidate's playlists.

    `new` and `old` hold the same tracks under the same numbers, in the candidate's order: what is measured on both
    can be compared observation by observation.

    Attributes:
        candidate: the model under test, all its tracks.
        champion: keys and vectors of the model in production.
    """

    candidate: ModelUnderTest
    champion: EmbeddingSpace

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Row of each key that has a usable vector in the champion."""
        return {self.champion.keys[row]: int(row) for row in self.champion.usable}

    @cached_property
    def shared(self) -> NDArray[np.intp]:
        """Track numbers (of the candidate) of the tracks that both have."""
        known = self._row_of
        return np.flatnonzero(np.fromiter((key in known for key in self.candidate.tracks), bool))

    @cached_property
    def new(self) -> ModelUnderTest:
        """The candidate on the shared tracks; the candidate itself where the champion knows them all."""
        if len(self.shared) == len(self.candidate.tracks):
            return self.candidate
        return self.candidate.subset(self.shared)

    @cached_property
    def old(self) -> ModelUnderTest:
        """The champion on the shared tracks."""
        rows = [self._row_of[key] for key in self.new.tracks]
        return self.new.with_vectors(self.champion.vectors[rows])

    @property
    def champion_tracks(self) -> Collection[str]:
        """Keys that have a usable vector in the champion."""
        return self._row_of.keys()

    @cached_property
    def champion_plays(self) -> dict[str, int]:
        """Plays in the candidate's playlists of each track that the champion knows and that is played."""
        playlists = self.candidate.playlists
        known = self._row_of
        return {
            key: int(plays)
            for key, plays in zip(playlists.tracks, playlists.play_counts, strict=True)
            if key in known
        }

    @property
    def gained(self) -> NDArray[np.intp]:
        """Track numbers (of the candidate) that the champion does not know."""
        return np.setdiff1d(np.arange(len(self.candidate.tracks)), self.shared)
