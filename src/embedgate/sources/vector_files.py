"""Vectors from files: gensim's own format, the two word2vec formats, and numpy archives."""

from __future__ import annotations

import gzip
from functools import partial
from typing import TYPE_CHECKING, Any

from embedgate.errors import ArtifactInvalid
from embedgate.sources.file_access import called, read_by_suffix
from embedgate.sources.gensim_files import read_gensim
from embedgate.sources.numpy_files import read_npz
from embedgate.sources.validation import space_of
from embedgate.sources.word2vec_format import read_binary, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import BufferedIOBase
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace

    Contents = tuple[Sequence[object], Any, tuple[Path, ...]]
    """Keys, vectors, and the files that were read beside the given one."""


def read_vectors(path: Path) -> tuple[EmbeddingSpace, tuple[Path, ...]]:
    """Read vectors from `.kv` or `.model` (gensim), `.txt` or `.bin` (word2vec), `.npz` (`keys`, `vectors`).

    The files of gensim and word2vec may be gzipped: `.txt.gz`. gensim's files are pickles: they are read as data, and
    no code in them runs.

    Returns:
        Keys and vectors, and the files that were read: the given one, then those that it refers to.

    Raises:
        ArtifactMissing: if the file does not exist.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if its content has the wrong type or shape.
    """
    keys, vectors, beside = read_by_suffix(path, _READERS, "vectors")
    return space_of(keys, vectors, called(path)), (path, *beside)


def _word2vec(read: Callable[[BufferedIOBase, str], tuple[list[str], Any]], path: Path) -> Contents:
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        return *read(file, called(path)), ()


def _npz(path: Path) -> Contents:
    with path.open("rb") as file:
        keys, vectors = read_npz(file, ("keys", "vectors"), called(path))
    if keys.ndim != 1 or keys.dtype.kind not in "USiu":
        raise ArtifactInvalid(
            f"{called(path)}: keys must be a one-dimensional array of strings or integers, "
            f"not an array of {keys.dtype} and shape {keys.shape}. Write keys=np.array(keys, dtype=str)"
        )
    names: list[object] = keys.tolist()
    return [name.decode() if isinstance(name, bytes) else name for name in names], vectors, ()


_READERS: dict[str, Callable[[Path], Contents]] = {
    **dict.fromkeys((".kv", ".kv.gz", ".model"), read_gensim),
    **dict.fromkeys((".txt", ".txt.gz"), partial(_word2vec, read_text)),
    **dict.fromkeys((".bin", ".bin.gz"), partial(_word2vec, read_binary)),
    ".npz": _npz,
}
