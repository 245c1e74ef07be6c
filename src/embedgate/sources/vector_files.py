"""Vectors from files: gensim's own, word2vec's two formats, numpy archives."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedgate.errors import ArtifactInvalid
from embedgate.sources import word2vec_format
from embedgate.sources.artifacts import space_of
from embedgate.sources.gensim_files import read_gensim
from embedgate.sources.numpy_files import read_npz
from embedgate.sources.reading import read_by_suffix
from embedgate.sources.regular_files import called

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import BufferedIOBase
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace

    Contents = tuple[Sequence[object], Any, tuple[Path, ...]]
    """Keys, vectors, and the files that were read beside the one that was given."""


@dataclass(frozen=True, slots=True)
class VectorsFile:
    """Vectors that were read.

    Attributes:
        space: keys and vectors.
        files: the file that was given, then those that it refers to.
    """

    space: EmbeddingSpace
    files: tuple[Path, ...]


def read_vectors(path: Path) -> VectorsFile:
    """Read vectors from `.kv` or `.model` (gensim), `.txt` or `.bin` (word2vec), `.npz` (`keys`, `vectors`).

    gensim's files and word2vec's may be gzipped: `.txt.gz`. gensim's are pickles: they are read as data, and
    nothing in them runs.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if its content has the wrong type or shape.
    """
    keys, vectors, beside = read_by_suffix(path, _READERS, "vectors")
    return VectorsFile(space_of(keys, vectors, called(path)), (path, *beside))


def _read_word2vec_text(path: Path) -> Contents:
    with _open(path) as file:
        return *word2vec_format.read_text(file, called(path)), ()


def _read_word2vec_binary(path: Path) -> Contents:
    with _open(path) as file:
        return *word2vec_format.read_binary(file, called(path)), ()


def _read_npz(path: Path) -> Contents:
    with path.open("rb") as file:
        keys, vectors = read_npz(file, ("keys", "vectors"), called(path))
    if keys.ndim != 1 or keys.dtype.kind not in "USiu":
        raise ArtifactInvalid(
            f"{called(path)}: keys must be a one-dimensional array of strings or integers, "
            f"not an array of {keys.dtype} and shape {keys.shape}. Write keys=np.array(keys, dtype=str)"
        )
    names: list[object] = keys.tolist()
    return [name.decode() if isinstance(name, bytes) else name for name in names], vectors, ()


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


_READERS: dict[str, Callable[[Path], Contents]] = {
    ".kv": read_gensim,
    ".kv.gz": read_gensim,
    ".model": read_gensim,
    ".txt": _read_word2vec_text,
    ".txt.gz": _read_word2vec_text,
    ".bin": _read_word2vec_binary,
    ".bin.gz": _read_word2vec_binary,
    ".npz": _read_npz,
}
