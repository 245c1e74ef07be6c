"""Read gensim models: files of `save()`, which are a pickle and files beside it for large arrays, and plain pickles.

The attributes are read as gensim's `SaveLoad` reads them, but no code in the pickle runs: see `restricted_pickle`.
"""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, ArtifactMissing, ArtifactUnreadable, EmbedgateError
from embedgate.sources.file_access import denied, size_of_regular
from embedgate.sources.numpy_files import map_npy, read_npz
from embedgate.sources.restricted_pickle import SavedArray, SavedObject, load_inert
from embedgate.sources.validation import type_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from typing_extensions import TypeIs

_KEYS = ("index_to_key", "index2word", "index2entity")
"""The attribute with the keys, in gensim 4 and before."""
_VECTORS = ("vectors", "syn0")
_KEY_TYPES = frozenset({str, int, float, type(None)})
"""None and NaN are counted as missing later. `str` of a nested value may take forever."""
_MAX_NGRAM = 64
"""Characters; 6 is usual. The time to compose vectors grows with it."""


def read_gensim(path: Path) -> tuple[list[object], NDArray[np.generic], tuple[Path, ...]]:
    """Return keys, vectors, and the files that were read beside a saved `KeyedVectors`, or a model with `.wv`.

    Raises:
        ArtifactUnreadable: if the file, or one beside it, cannot be read.
        ArtifactInvalid: if it contains something else.
    """
    where = f"file {path}"
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        loaded = load_inert(file, where)
    if not isinstance(loaded, SavedObject):
        kind = "numpy.ndarray" if isinstance(loaded, SavedArray) else type_name(loaded)
        raise ArtifactInvalid(
            f"{where} was not written by gensim's save(): it contains a {kind}. "
            "Save the vectors with KeyedVectors.save(), or as .npz (keys, vectors)"
        )
    wv = _keyed_vectors(loaded)
    saved = _SavedVectors(path, path.name if wv is loaded else f"{path.name}.wv", vars(wv))
    keys = saved.keys()
    vectors = next((array for array in map(saved.array, _VECTORS) if array is not None), None)
    if vectors is None and keys is not None and "bucket" in saved.state:
        vectors = _composed(keys, saved)
    if keys is None or vectors is None:
        raise ArtifactInvalid(
            f"{where} contains a gensim object without {'keys' if keys is None else 'vectors'}. "
            "Save KeyedVectors, or a model that has them as .wv, and do not pass ignore=['vectors']"
        )
    return keys, vectors, tuple(saved.files)


def read_pickled(pickled: bytes) -> tuple[list[object], NDArray[np.generic]] | None:
    """Return n keys and vectors of shape (n, d) of pickled `KeyedVectors`, or of a model with `.wv`.

    gensim is not imported. None if it is another object, or an incomplete or damaged one.
    """
    try:
        loaded = load_inert(BytesIO(pickled), "")
        if not isinstance(loaded, SavedObject):
            return None
        state = vars(_keyed_vectors(loaded))
        keys = _first(state, _KEYS)
        vectors = _first(state, _VECTORS)
        if isinstance(keys, SavedArray):
            keys = keys.to_numpy().tolist()
        array = vectors.to_numpy() if isinstance(vectors, SavedArray) else None
    except Exception:  # noqa: BLE001 - the parser may raise anything; the caller unpickles other objects
        return None
    return None if array is None or not _are_keys(keys) else (keys, array)


def _keyed_vectors(saved: SavedObject) -> SavedObject:
    """Return the keyed vectors of a model, which may be the object itself."""
    wv = vars(saved).get("wv")
    return wv if isinstance(wv, SavedObject) else saved


def _first(state: Mapping[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - any attribute
    return next((state[name] for name in names if state.get(name) is not None), None)


def _are_keys(keys: object) -> TypeIs[list[object]]:
    return isinstance(keys, list) and _KEY_TYPES.issuperset(map(type, keys))


class _SavedVectors:
    """The attributes of saved `KeyedVectors`; large arrays are in files beside the pickle.

    Attributes:
        path: the pickle.
        state: the attributes by name.
        files: the files beside it that have been read.
    """

    def __init__(self, path: Path, prefix: str, state: Mapping[str, Any]) -> None:
        self.path, self._prefix = path, prefix
        self.state = state
        self.files: list[Path] = []

    def keys(self) -> list[object] | None:
        """Return the keys, one per row; None if there are none."""
        keys = _first(self.state, _KEYS)
        if isinstance(keys, SavedArray):
            keys = keys.to_numpy().tolist()
        if keys is not None and not _are_keys(keys):
            raise ArtifactInvalid(
                f"file {self.path}: the keys of the vectors must be a list of strings or integers. Save it again"
            )
        return keys

    def array(self, name: str) -> NDArray[np.generic] | None:
        """Return an array, from the pickle or from its own file; None if there is none."""
        value = self.state.get(name)
        if value is None:
            beside = self.state.get("__numpys")
            return self._array_beside(name) if isinstance(beside, list) and name in beside else None
        if not isinstance(value, SavedArray):
            raise ArtifactInvalid(f"file {self.path}: {name} is not an array of numbers. Save it again")
        return value.to_numpy()

    def _array_beside(self, name: str) -> NDArray[np.generic]:
        compressed = self.path.name.endswith(".gz")  # the same rule as gensim's
        beside = self.path.with_name(f"{self._prefix}.{name}.{'npz' if compressed else 'npy'}")
        where = f"file {beside}, which belongs to {self.path.name}"
        try:
            size_of_regular(beside, "arrays")
            if compressed:
                with beside.open("rb") as file:
                    array = read_npz(file, ("val",), where)[0]
            else:
                array = map_npy(beside, where)
        except ArtifactMissing as error:
            raise ArtifactUnreadable(
                f"file {self.path} refers to {beside}, which does not exist: gensim writes large arrays into "
                "separate files. Copy them too, with their names unchanged"
            ) from error
        except EmbedgateError:
            raise
        except PermissionError as error:
            raise denied(beside) from error
        except Exception as error:  # the parser may raise anything for a damaged file; the message names the file
            raise ArtifactUnreadable(f"{where}, cannot be read: {error}. Copy or write both again") from error
        self.files.append(beside)
        return array


def _composed(keys: list[object], saved: _SavedVectors) -> NDArray[np.generic]:
    """Compose FastText's vectors from whole words and character n-grams: its `save()` leaves them out."""
    from gensim.models.fasttext import FastTextKeyedVectors  # noqa: PLC0415 - a second of import

    numbers: list[Any] = [saved.state.get(name) for name in ("min_n", "max_n", "bucket")]
    words, ngrams = saved.array("vectors_vocab"), saved.array("vectors_ngrams")
    is_complete = all(type(number) is int for number in numbers) and numbers[1] <= _MAX_NGRAM
    if words is None or ngrams is None or not is_complete:
        raise ArtifactInvalid(
            f"file {saved.path} contains a FastText model without vectors of words or n-grams, or with n-grams of "
            f"more than {_MAX_NGRAM} characters. Save it again, or save its vectors as .npz (keys, vectors)"
        )
    composed = FastTextKeyedVectors(words.shape[-1], *numbers)
    composed.index_to_key, composed.vectors_vocab, composed.vectors_ngrams = keys, words, ngrams
    composed.recalc_char_ngram_buckets()
    composed.adjust_vectors()
    return np.asarray(composed.vectors)
