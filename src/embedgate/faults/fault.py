"""The declaration of a fault, and the model that it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.space import EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from embedgate.material.model import ModelUnderTest


@dataclass(frozen=True, slots=True, eq=False)
class FaultyModel:
    """A model after a fault.

    Attributes:
        space: its keys and vectors.
        affected: keys whose vectors are wrong, missing or superfluous; empty for a harmless change.
    """

    space: EmbeddingSpace
    affected: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, keys: Sequence[str], vectors: ArrayLike, affected: Iterable[str] = ()) -> FaultyModel:
        """Validate keys and vectors."""
        return cls(EmbeddingSpace.of(keys, vectors), frozenset(affected))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that can be injected into a model, or a harmless change of it.

    Attributes:
        id: `<kind>.<name>`.
        name: what is wrong, in a few words.
        accident: the accident in production that has this effect.
        severity: what a severity is: "share of the keys", "number of tracks".
        severities: those that a drill tries, ascending, from one that hardly matters to the worst.
        change: return the model after the fault; None if it has no tracks that the fault could affect, such as a
            model without artists. Arguments: model, severity, random generator.
    """

    id: str
    name: str
    accident: str
    severity: str
    severities: tuple[float, ...]
    change: Callable[[ModelUnderTest, float, np.random.Generator], FaultyModel | None] = field(repr=False)

    def inject(self, model: ModelUnderTest, severity: float, seed: int = 0) -> FaultyModel | None:
        """Return the model after the fault; None if it has no tracks that the fault could affect.

        Equal arguments give equal models. With one seed, the tracks that a severity affects are among those that a
        higher one affects.

        Args:
            model: n tracks with usable vectors; unusable rows are left out.
            severity: see `severity`; 0 changes nothing.
            seed: of the random generator.
        """
        return self.change(model, severity, np.random.default_rng(seed))


def usable_vectors(model: ModelUnderTest) -> NDArray[np.float32]:
    """Return a copy of the usable vectors, shape (n, d)."""
    return np.array(model.space.vectors[model.space.usable])


def some(model: ModelUnderTest, share: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw a share of the tracks."""
    n = len(model.tracks)
    return rng.permutation(n)[: round(share * n)]


def random_directions(rng: np.random.Generator, n: int, dimensions: int) -> NDArray[np.float64]:
    """Draw unit vectors, shape (n, dimensions)."""
    drawn = rng.standard_normal((n, dimensions))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def rotation(rng: np.random.Generator, dimensions: int) -> NDArray[np.float64]:
    """Draw an orthogonal matrix, shape (dimensions, dimensions)."""
    return np.asarray(np.linalg.qr(rng.standard_normal((dimensions, dimensions)))[0])


def replaced(model: ModelUnderTest, tracks: NDArray[np.integer], rows: NDArray[np.floating]) -> FaultyModel:
    """Return the model with other vectors for some tracks."""
    vectors = usable_vectors(model)
    vectors[tracks] = rows
    return FaultyModel.of(model.tracks, vectors, model.keys(tracks))


def without(model: ModelUnderTest, tracks: NDArray[np.integer]) -> FaultyModel | None:
    """Return the model without some tracks; None if none is left."""
    left = np.setdiff1d(np.arange(len(model.tracks)), tracks)
    if not len(left):
        return None
    return FaultyModel.of(model.keys(left), usable_vectors(model)[left], model.keys(tracks))
