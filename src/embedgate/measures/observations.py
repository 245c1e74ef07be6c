"""The single scores that a measure averages: what two models have to be compared by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.statistics import ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.statistics import Interval


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """One score a track, a pair or a question.

    Attributes:
        scores: shape (n,); their mean is the measure. Higher is better.
        groups: artist or playlist of each, shape (n,): what is drawn together, since it is not independent.
        chance: mean score of a space that knows nothing.
    """

    scores: NDArray[np.float64] = field(repr=False)
    groups: NDArray[np.integer] = field(repr=False)
    chance: float

    @property
    def mean(self) -> float:
        """The measure."""
        return float(self.scores.mean())

    def subset(self, which: NDArray[np.bool_]) -> Observations:
        """Some of the observations."""
        return Observations(self.scores[which], self.groups[which], self.chance)


def paired_difference(new: Observations, old: Observations) -> tuple[float, Interval | None]:
    """Mean of new less old, observation by observation, and its interval: a bootstrap over groups."""
    difference = new.scores - old.scores
    return float(difference.mean()), ratio_interval(difference, np.ones(len(difference)), new.groups)
