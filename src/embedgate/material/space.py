"""An embedding space: keys and their vectors, frozen."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from embedgate.errors import MaterialError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray


_ROWS = 65_536  # of a block


@dataclass(frozen=True, eq=False)
class EmbeddingSpace:
    """Keys and vectors of a model, row by row, exactly as the model contains them.

    Unusable rows (not finite, or all zero) are kept for the integrity checks; all other measures use `usable` rows.

    Attributes:
        keys: n keys, in the order of the rows. A repeated key is kept: `row_of` returns its first row.
        vectors: float32, shape (n, d), read-only.
    """

    keys: tuple[str, ...]
    vectors: NDArray[np.float32] = field(repr=False)

    @classmethod
    def of(cls, keys: Iterable[object], vectors: ArrayLike) -> EmbeddingSpace:
        """Validate and freeze keys (any objects, converted to str) and vectors of shape (n, d).

        Raises:
            MaterialError: if the vectors are not a numeric matrix, or do not have one row per key.
        """
        names = tuple(map(str, keys))
        try:
            given = np.asarray(vectors)
        except (TypeError, ValueError) as error:
            raise MaterialError(f"vectors must be a matrix of numbers: {error}") from error
        if given.dtype.kind not in "fiu":
            raise MaterialError(f"vectors must be numbers, not {given.dtype}")
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes inf, which the integrity checks report
            # read-only vectors of this type, such as those of a memory-mapped file, are not copied
            copy = given.flags.writeable or None
            matrix = np.array(given, dtype=np.float32, order="C", copy=copy)
        if matrix.ndim != 2 or matrix.shape[1] == 0:
            raise MaterialError(f"vectors must have shape (tracks, dimensions), not {matrix.shape}")
        if len(names) != len(matrix):
            raise MaterialError(f"{len(names)} keys for {len(matrix)} vectors: one row per key is required")
        if not names:
            raise MaterialError("the embedding space is empty: it contains no key and no vector")
        matrix.flags.writeable = False
        return cls(names, matrix)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def dimensions(self) -> int:
        """Number of columns of the vectors."""
        return int(self.vectors.shape[1])

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row of each key; of a repeated key, the first."""
        return dict(zip(reversed(self.keys), range(len(self) - 1, -1, -1), strict=True))

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """Euclidean norm of each row, shape (n,); NaN or inf if a row is not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.einsum("nd,nd->n", self.vectors, self.vectors, dtype=np.float64)
            return np.asarray(np.sqrt(squares), dtype=np.float32)

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Whether all components of a row are finite, shape (n,)."""
        return np.asarray(np.isfinite(self.vectors).all(axis=1))

    @cached_property
    def usable(self) -> NDArray[np.intp]:
        """Rows that are finite, non-zero and the first of their key, in the order of the keys.

        Random draws and ties depend on this order, so that the order of the rows does not change a result.
        """
        first = np.fromiter((self.row_of[key] == row for row, key in enumerate(self.keys)), bool, len(self))
        rows = np.flatnonzero(self.finite & (self.norms > 0) & np.isfinite(self.norms) & first)
        return np.array(sorted(rows.tolist(), key=self.keys.__getitem__), dtype=np.intp)

    @cached_property
    def unit(self) -> NDArray[np.float32]:
        """Usable rows scaled to unit norm, shape (len(usable), d), in the order of `usable`."""
        rows = self.vectors[self.usable]
        rows /= self.norms[self.usable, None]  # a copy: an index of rows never returns a view
        rows.flags.writeable = False
        _release(self.vectors)
        return rows

    def restricted(self, rows: NDArray[np.intp]) -> EmbeddingSpace:
        """Return a space with the same vectors, of which only some usable rows count, in this order."""
        space = EmbeddingSpace(self.keys, self.vectors)
        vars(space).update(norms=self.norms, finite=self.finite, usable=rows)
        return space


def _release(vectors: NDArray[np.float32]) -> None:
    """Let a memory-mapped file leave memory; it is read again if it is needed again."""
    owner: object = vectors
    while isinstance(owner, np.ndarray):
        owner = owner.base
    unneeded = getattr(mmap, "MADV_DONTNEED", None)  # Windows has none
    if isinstance(owner, mmap.mmap) and unneeded is not None:
        owner.madvise(unneeded)


def row_checksums(vectors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return a number of each row, equal for equal rows and hardly ever for others, shape (n,)."""
    factors = np.random.default_rng(0).integers(2**63, size=vectors.shape[1], dtype=np.uint64) * 2 + 1
    found = np.empty(len(vectors), dtype=np.uint64)
    for start in range(0, len(vectors), _ROWS):
        block = vectors[start : start + _ROWS] + np.float32(0)  # -0.0 becomes 0.0, which it equals
        found[start : start + _ROWS] = (block.view(np.uint32) * factors).sum(axis=1, dtype=np.uint64)
    return found
