"""Candidate against champion: what the champion's checks and figures share, each computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.model import NEIGHBOURS
from embedgate.measures import paired
from embedgate.measures.displacement import FEWEST_TRACKS, Displacement, displacement
from embedgate.measures.duplicates import Duplicates, find_duplicates
from embedgate.measures.measurement import Measurement, lacking
from embedgate.measures.strangers import chance_of_stranger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.material.pair import ModelPair
    from embedgate.measures.observations import Observations

_LEAST_PLAYS, _LEAST_PLAYS_HELD_OUT = 7, 3
_BLAMED = 0.5
_NEAREST = 0.03  # of a distance: nearer than a retrain leaves a track, there are rounding and the ridge alone


@dataclass(frozen=True, eq=False)
class Comparison:
    """The comparison of two models.

    Attributes:
        pair: the two, on the tracks that both have.
        duplicate_cosine: how near two copies have to be.
    """

    pair: ModelPair
    duplicate_cosine: float = 0.95

    @property
    def least_plays(self) -> int:
        """Plays below which a track is not judged: it moves so far at every training that little can be said of it.

        Playlists that were held out are fewer than those that were trained on, and tell of a part of a track's plays.
        """
        return _LEAST_PLAYS_HELD_OUT if self.pair.candidate.held_out else _LEAST_PLAYS

    @cached_property
    def duplicates(self) -> Duplicates:
        """Copies of recordings among the candidate's tracks."""
        return find_duplicates(self.pair.candidate, self.duplicate_cosine)

    @cached_property
    def judged(self) -> NDArray[np.intp]:
        """Track numbers (of the shared tracks) that are played often enough."""
        if not len(self.pair.shared):
            return np.empty(0, np.intp)
        return np.flatnonzero(self.pair.new.plays >= self.least_plays)

    @cached_property
    def moved(self) -> Displacement | None:
        """How far each judged track has moved; None where they are fewer than a hundred."""
        if len(self.judged) < FEWEST_TRACKS:
            return None
        new, old = self.pair.new, self.pair.old
        return displacement(old.unit[self.judged], new.unit[self.judged], np.sqrt(new.plays[self.judged]))

    @cached_property
    def stranger(self) -> NDArray[np.float64]:
        """Probability of each judged track that its vector is that of another key, shape (m,)."""
        if self.moved is None:
            return np.zeros(len(self.judged))
        kept = np.rint(NEIGHBOURS * self.overlap[self.judged]).astype(np.intp)
        return chance_of_stranger(self.moved, self.pair.new.plays[self.judged], kept)

    @cached_property
    def broken(self) -> NDArray[np.intp]:
        """Places in `judged` of the tracks whose neighbourhood broke, the farthest first."""
        if self.moved is None:
            return np.empty(0, np.intp)
        found = np.flatnonzero(self.stranger > _BLAMED)
        return found[np.lexsort((found, -self.moved.distance[found]))]

    @cached_property
    def farther(self) -> NDArray[np.float64]:
        """How much farther each judged track has moved than tracks of like popularity, as a logarithm, shape (m,).

        What popularity explains is a parabola of its logarithm; the nearest and the farthest twentieth of the tracks
        count as the last within, so that a few strangers make no genre stand out.
        """
        if self.moved is None:
            return np.zeros(len(self.judged))
        place = np.log(np.maximum(self.moved.distance, _NEAREST))
        place = np.clip(place, *np.quantile(place, [0.05, 0.95]))
        plays = np.log(self.pair.new.plays[self.judged])
        expected = np.polynomial.Polynomial.fit(plays, place, min(2, len(np.unique(plays)) - 1))
        return np.asarray(place - expected(plays))

    @cached_property
    def overlap(self) -> NDArray[np.float64]:
        """Share of each shared track's ten nearest that were among its ten nearest in the champion, shape (n,)."""
        new, old = self.pair.new.neighbours.indices, self.pair.old.neighbours.indices
        return np.asarray((new[:, :, None] == old[:, None, :]).any(axis=2).mean(axis=1))

    def observed(self, name: str) -> tuple[Observations, Observations] | Measurement:
        """Observations of a measure on candidate and champion, or why there are none.

        Data that the candidate has, and the tracks shared with the champion do not, are too little to compare; not
        applicable is only what the candidate does not have either.
        """
        found = self._observed
        if name not in found:
            measure = paired.PAIRED[name]
            new, old = measure(self.pair.new), measure(self.pair.old)
            if isinstance(new, Measurement) and new.not_applicable:
                whole = measure(self.pair.candidate)
                if not (isinstance(whole, Measurement) and whole.not_applicable):
                    new = lacking(f"among the tracks shared with the champion, {new.not_applicable}")
            found[name] = new if isinstance(new, Measurement) else old if isinstance(old, Measurement) else (new, old)
        return found[name]

    @cached_property
    def genres(self) -> tuple[Mapping[str, Observations], Mapping[str, Observations]] | Measurement:
        """Observations of each genre on candidate and champion, or why there are none."""
        new, old = paired.genres(self.pair.new), paired.genres(self.pair.old)
        if isinstance(new, Measurement):
            return new
        return old if isinstance(old, Measurement) else (new, old)

    @cached_property
    def _observed(self) -> dict[str, tuple[Observations, Observations] | Measurement]:
        return {}
