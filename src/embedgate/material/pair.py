"""The model under test and the champion, on the tracks that both have."""

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
    """Candidate and champion; both are evaluated on the candidate's playlists.

    `new` and `old` have the same tracks with the same numbers, in the candidate's order, so that measures of both can
    be compared observation by observation.

    Attributes:
        candidate: the model under test, with all its tracks.
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
        return np.flatnonzero(np.fromiter((key in self._row_of for key in self.candidate.tracks), bool))

    @cached_property
    def new(self) -> ModelUnderTest:
        """The candidate on the shared tracks; the candidate itself if the champion has all of them."""
        if len(self.shared) == len(self.candidate.tracks):
            return self.candidate
        return self.candidate.subset(self.shared)

    @cached_property
    def old(self) -> ModelUnderTest:
        """The champion on the shared tracks."""
        rows = np.array([self._row_of[key] for key in self.new.tracks], dtype=np.intp)
        return self.new.with_space(self.champion.restricted(rows))

    @property
    def champion_tracks(self) -> Collection[str]:
        """Keys that have a usable vector in the champion."""
        return self._row_of.keys()

    @cached_property
    def champion_plays(self) -> dict[str, int]:
        """Plays in the candidate's playlists of each played track that has a vector in the champion."""
        played = zip(self.candidate.playlists.tracks, self.candidate.playlists.play_counts.tolist(), strict=True)
        return {key: plays for key, plays in played if key in self._row_of}

    @property
    def gained(self) -> NDArray[np.intp]:
        """Track numbers (of the candidate) that the champion does not have."""
        return np.setdiff1d(np.arange(len(self.candidate.tracks)), self.shared)
