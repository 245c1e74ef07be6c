"""Unpickle gensim models without running code.

A pickle is a program: it refers to classes and functions, and calls them with its own arguments. Here each name that
saved gensim models contain is replaced by an object that only stores data, and every other name is refused. No class
or function of gensim or numpy is called with arguments from a pickle, so none can be made to open a file, allocate
memory that the file does not fill, or interpret bytes as objects. Arrays are built afterwards, from validated parts.
"""

from __future__ import annotations

import math
import pickle
import re
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from embedgate.errors import ArtifactUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase

    from numpy.typing import NDArray

_PLAIN_DTYPE = re.compile(r"[biufSU]\d{1,9}")


class SavedObject:
    """The attributes of an object that gensim saved, without its class and methods."""

    def __init__(self, *_args: object, **_keywords: object) -> None: ...

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, dict):
            raise pickle.UnpicklingError(f"the state of an object is a {type(state).__name__}, not a dict")
        self.__dict__.update(state)


class IgnoredObject:
    """An object that embedgate does not need, such as the state of a random generator; it stores nothing."""

    __slots__ = ()

    def __init__(self, *_args: object, **_keywords: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def extend(self, items: object) -> None:
        """Ignore items."""

    append = add = __setstate__ = extend


class SavedDtype:
    """The type of an array's elements, not yet validated."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: object = None, *_flags: object) -> None:
        self._code = code
        self._order: object = "|"

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1:
            self._order = state[1]  # after the version

    def to_numpy(self) -> np.dtype[np.generic]:
        """Return the dtype, of booleans, numbers or text; any other raises UnpicklingError."""
        if not (isinstance(self._code, str) and isinstance(self._order, str)):
            raise pickle.UnpicklingError("an array has no dtype")
        if not _PLAIN_DTYPE.fullmatch(self._code) or self._order not in tuple("<>=|"):
            raise pickle.UnpicklingError(f"an array has elements of dtype {self._code!r:.40}, not numbers or text")
        return np.dtype(f"{self._order}{self._code}")


class SavedArray:
    """Shape, dtype and bytes of an array, not yet validated."""

    __slots__ = ("_state",)

    def __init__(self, *_arguments: object) -> None:
        self._state: object = None

    def __setstate__(self, state: object) -> None:
        self._state = state  # (version,) shape, dtype, whether columns are contiguous, bytes

    def to_numpy(self) -> NDArray[np.generic]:
        """Return the array, read-only, of numbers or text; UnpicklingError if its bytes do not match its shape."""
        state = self._state[-4:] if isinstance(self._state, tuple) else ()
        if len(state) != 4:
            raise pickle.UnpicklingError("an array has no shape, dtype and data")
        shape, dtype, by_column, data = state
        if isinstance(data, str):  # Python 2 wrote bytes as str
            data = data.encode("latin1")
        if not (
            isinstance(dtype, SavedDtype)
            and isinstance(shape, tuple)
            and all(isinstance(length, int) and length >= 0 for length in shape)
            and isinstance(data, bytes | bytearray)
        ):
            raise pickle.UnpicklingError("an array does not consist of numbers or text")
        kind = dtype.to_numpy()
        if math.prod(shape) * kind.itemsize != len(data):
            raise pickle.UnpicklingError(f"an array of shape {shape} and dtype {kind} has {len(data):,} bytes")
        array = np.ndarray(shape, kind, buffer=data, order="F" if by_column else "C")
        array.flags.writeable = False
        return array


class _Function:
    """A function that a pickle may call; it has no attribute that a pickle could set."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call

    def __call__(self, *arguments: object) -> object:
        return self._call(*arguments)

    def __setstate__(self, state: object) -> NoReturn:
        raise pickle.UnpicklingError("a function has no state")


def _array_from_buffer(data: object, dtype: object, shape: object, order: object) -> SavedArray:
    """Replace numpy's `_frombuffer`, which pickles of protocol 5 call."""
    array = SavedArray()
    array.__setstate__((shape, dtype, order == "F", data))
    return array


def _scalar(dtype: object, data: object = None) -> object:
    return _array_from_buffer(data, dtype, (), "C").to_numpy().item()


def _encoded(text: object, encoding: object = "latin1") -> bytes:
    """Replace `_codecs.encode`: Python 3 writes bytes as text for the old protocols."""
    if not (isinstance(text, str) and isinstance(encoding, str) and encoding == "latin1"):
        raise pickle.UnpicklingError("bytes are not encoded as latin1")
    return text.encode("latin1")


def _empty() -> bytes:
    """Replace `bytes`, which the old protocols call for an empty value."""
    return b""


def _new_object(kind: object, *_base_and_state: object) -> object:
    """Replace `copyreg._reconstructor`, which the protocols 0 and 1 call."""
    if kind is SavedObject:
        return SavedObject()
    if kind is IgnoredObject:
        return IgnoredObject()
    raise pickle.UnpicklingError("an object is neither a part of a gensim model nor an array")


_STAND_INS: tuple[tuple[object, str, str], ...] = (
    # Models of gensim 4, 3 and earlier
    (SavedObject, "gensim.models.keyedvectors", "KeyedVectors EuclideanKeyedVectors WordEmbeddingsKeyedVectors"),
    (SavedObject, "gensim.models.keyedvectors", "Word2VecKeyedVectors Doc2VecKeyedVectors FastTextKeyedVectors"),
    (SavedObject, "gensim.models.word2vec", "Word2Vec"),
    (SavedObject, "gensim.models.doc2vec", "Doc2Vec"),
    (SavedObject, "gensim.models.fasttext gensim.models.wrappers.fasttext", "FastText FastTextKeyedVectors"),
    # Their vocabulary, and what training needs
    (IgnoredObject, "gensim.models.keyedvectors", "Vocab CompatVocab"),
    (IgnoredObject, "gensim.models.word2vec", "Vocab Word2VecVocab Word2VecTrainables"),
    (IgnoredObject, "gensim.models.doc2vec", "Doctag DocvecsArray Doc2VecVocab Doc2VecTrainables"),
    (IgnoredObject, "gensim.models.fasttext", "FastTextVocab FastTextTrainables"),
    (IgnoredObject, "gensim.models.deprecated.keyedvectors gensim.models.deprecated.word2vec", "Vocab"),
    (IgnoredObject, "gensim.models.deprecated.doc2vec", "Doctag"),
    (IgnoredObject, "gensim.utils", "call_on_class_only"),
    (IgnoredObject, "collections UserString", "defaultdict"),  # Python 3.4 wrote UserString for collections
    (IgnoredObject, "builtins __builtin__", "hash int object set frozenset"),
    (IgnoredObject, "__builtin__", "long"),
    # The random generator, in numpy 2 and 1
    (IgnoredObject, "numpy.random", "__RandomState_ctor"),
    (IgnoredObject, "numpy.random._pickle", "__randomstate_ctor __bit_generator_ctor"),
    (IgnoredObject, "numpy.random._mt19937", "MT19937"),
    # Arrays, in numpy 2 and 1
    (SavedDtype, "numpy", "dtype"),
    (SavedArray, "numpy", "ndarray memmap"),
    (SavedArray, "numpy.core.memmap", "memmap"),
    (SavedArray, "numpy.core.multiarray numpy._core.multiarray", "_reconstruct"),
    (_Function(_scalar), "numpy.core.multiarray numpy._core.multiarray", "scalar"),
    (_Function(_array_from_buffer), "numpy.core.numeric numpy._core.numeric", "_frombuffer"),
    # Bytes and objects, in protocols before 3
    (_Function(_encoded), "_codecs", "encode"),
    (_Function(_empty), "__builtin__", "bytes"),
    (_Function(_new_object), "copyreg copy_reg", "_reconstructor"),
)
"""Stand-in, modules, and the names in each of them that it replaces."""
_ALLOWED = {
    (module, name): stand_in
    for stand_in, modules, names in _STAND_INS
    for module in modules.split()
    for name in names.split()
}


class _RestrictedUnpickler(pickle.Unpickler):
    """Replaces classes and functions by stand-ins that only store data."""

    def __init__(self, file: BufferedIOBase, where: str) -> None:
        super().__init__(file, encoding="latin1")
        self._where = where

    def find_class(self, module: str, name: str, /) -> object:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            refused = f"{module}.{name}".encode("unicode_escape").decode()
            raise ArtifactUnreadable(
                f"{self._where} refers to {refused:.100}, which is not loaded: a pickle can run code, and only "
                "gensim's models and numpy's arrays are read from it. If you trust the file, load it where it was "
                "written and save its vectors as .npz (keys, vectors) or word2vec text"
            ) from None


def load_inert(file: BufferedIOBase, where: str) -> object:
    """Unpickle a file as a `SavedObject`, a `SavedArray`, an `IgnoredObject`, or plain values.

    Raises:
        ArtifactUnreadable: if it refers to a class or function that gensim's models do not contain.
        Exception: any error that damaged bytes cause.
    """
    return _RestrictedUnpickler(file, where).load()
