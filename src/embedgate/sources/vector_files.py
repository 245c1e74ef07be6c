"""Vectors from files: gensim's own, word2vec's two formats, numpy archives."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.sources import word2vec_format
from embedgate.sources.artifacts import space_from, space_of, type_name
from embedgate.sources.reading import called, read_by_suffix

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace


def read_space(path: Path) -> EmbeddingSpace:
    """Read vectors from `.kv` or `.model` (gensim), `.txt` or `.bin` (word2vec), `.npz` (`keys`, `vectors`).

    gensim's files and word2vec's may be gzipped: `.txt.gz`. gensim's are pickles: reading one runs code.

    Raises:
        ArtifactMissing: if the file is not there.
        ArtifactUnreadable: if it cannot be read.
        ArtifactInvalid: if it was read and is not what it must be.
    """
    return read_by_suffix(path, _READERS, "vectors")


def _read_gensim(path: Path) -> EmbeddingSpace:
    from gensim.utils import SaveLoad  # noqa: PLC0415 - a second of import that only these files need

    try:
        return space_from(SaveLoad.load(str(path)), called(path))
    except FileNotFoundError as error:
        raise ArtifactUnreadable(
            f"{called(path)} refers to {error.filename}, which is not there: gensim writes large arrays into "
            "files of their own, and they have to be copied along"
        ) from error
    except AttributeError as error:
        if error.name != "_load_specials":
            raise
        raise ArtifactInvalid(
            f"{called(path)} was not written by gensim's save(): it holds a {type_name(error.obj)}"
        ) from error


def _read_word2vec_text(path: Path) -> EmbeddingSpace:
    with _open(path) as file:
        keys, vectors = word2vec_format.read_text(file, called(path))
    return space_of(keys, vectors, called(path))


def _read_word2vec_binary(path: Path) -> EmbeddingSpace:
    with _open(path) as file:
        keys, vectors = word2vec_format.read_binary(file, called(path))
    return space_of(keys, vectors, called(path))


def _read_npz(path: Path) -> EmbeddingSpace:
    # numpy leaves a file open that it opened itself and cannot read
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        missing = [name for name in ("keys", "vectors") if name not in archive.files]
        if missing:
            raise ArtifactInvalid(
                f"{called(path)} holds no array {' and no array '.join(map(repr, missing))}; "
                f"its arrays are {', '.join(archive.files) or 'none at all'}"
            )
        try:
            keys, vectors = archive["keys"], archive["vectors"]
        except ValueError as error:
            raise ArtifactUnreadable(
                f"{called(path)} holds Python objects, which are pickles and are not loaded: {error}. "
                "Write keys as np.array(keys, dtype=str) and vectors as an array of floats"
            ) from error
    if keys.ndim != 1 or keys.dtype.kind not in "USiu":
        raise ArtifactInvalid(
            f"{called(path)}: keys must be a row of strings or integers, "
            f"not an array of {keys.dtype} and shape {keys.shape}"
        )
    if keys.dtype.kind == "S":
        keys = np.char.decode(keys, "utf-8")
    return space_of(keys.tolist(), vectors, called(path))


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


_READERS: dict[str, Callable[[Path], EmbeddingSpace]] = {
    ".kv": _read_gensim,
    ".kv.gz": _read_gensim,
    ".model": _read_gensim,
    ".txt": _read_word2vec_text,
    ".txt.gz": _read_word2vec_text,
    ".bin": _read_word2vec_binary,
    ".bin.gz": _read_word2vec_binary,
    ".npz": _read_npz,
}
