"""Convert objects in memory (Metaflow artifacts, arguments of the Python API) to vectors and playlists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.columns import DEFAULT_COLUMNS
from embedgate.sources.validation import check_columns, playlists_of, space_of, type_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from typing_extensions import TypeIs

    from embedgate.sources.columns import PlaylistColumns

_VECTORS = (
    "gensim KeyedVectors or a model that has them as .wv, a pandas DataFrame of numbers indexed by track key, "
    "a mapping of track keys to vectors, or a pair (keys, array)"
)
_PLAYLISTS = "a pandas DataFrame with the columns playlist_id and track_sequence, or a list of lists of track keys"


def vectors_from(obj: object, where: str = "the object given as vectors") -> EmbeddingSpace:
    """Return keys and vectors from an object.

    Args:
        obj: gensim `KeyedVectors` or a model that has them as `.wv`, also as gensim 3 pickled them; a pandas
            DataFrame of numbers, indexed by track key; a mapping of keys to vectors; a pair of keys and a matrix
            with one row per key; or an `EmbeddingSpace`, which is returned as it is.
        where: name of the object in messages: "artifact 'final_vectors' of run F/1".

    Raises:
        ArtifactInvalid: if the object is something else, or its keys and vectors do not match.
    """
    if isinstance(obj, EmbeddingSpace):
        return obj
    keys: Any
    vectors: Any
    if is_frame(obj):
        keys, vectors = list(obj.index), _matrix(obj, where)
    elif isinstance(obj, Mapping):
        keys, vectors = list(obj), list(obj.values())
    elif isinstance(obj, tuple | list) and len(obj) == 2 and not isinstance(obj[0], str) and np.iterable(obj[0]):
        keys, vectors = list(obj[0]), obj[1]
    else:
        keys, vectors = _of_gensim(obj)
    if keys is None or vectors is None:
        raise ArtifactInvalid(f"{where} is a {type_name(obj)}. It must be {_VECTORS}")
    return space_of(keys, vectors, where)


def playlists_from(
    obj: object, where: str = "the object given as playlists", names: PlaylistColumns = DEFAULT_COLUMNS
) -> Playlists:
    """Return playlists from an object.

    Args:
        obj: a pandas DataFrame with the columns `playlist_id` and `track_sequence`, and optionally
            `artist_sequence`, `track_test_x` and `track_test_y`; a list of lists of track keys, whose playlist ids
            become "0", "1", ...; or `Playlists`, which are returned as they are.
        where: name of the object in messages.
        names: names of the columns of a DataFrame.

    Raises:
        ArtifactInvalid: if the object is something else, a column is missing, or a cell has the wrong type.
    """
    if isinstance(obj, Playlists):
        return obj
    if isinstance(obj, list | tuple):
        return playlists_of({"playlist_id": list(map(str, range(len(obj)))), "track_sequence": obj}, where)
    if not is_frame(obj):
        raise ArtifactInvalid(f"{where} is a {type_name(obj)}. It must be {_PLAYLISTS}")
    existing = [str(name) for name in obj.columns]
    check_columns(existing, where, names)
    columns: dict[str, Sequence[object]] = {}
    for name in names.read:
        if name in existing:
            columns[name] = plain_cells(obj[name])
    return playlists_of(columns, where, names)


def plain_cells(column: pd.Series[Any]) -> list[object]:
    """Return the cells of a column, None for a missing one: pandas has several values for it."""
    cells = column.astype(object)
    return cells.where(cells.notna(), None).tolist()


def is_frame(obj: object) -> TypeIs[pd.DataFrame]:
    """Return whether an object is a DataFrame, without importing pandas."""
    return hasattr(obj, "columns") and hasattr(obj, "iloc")


def _matrix(frame: pd.DataFrame, where: str) -> NDArray[np.float32]:
    other = [str(name) for name, dtype in frame.dtypes.items() if getattr(dtype, "kind", "O") not in "fiu"]
    if other:
        shown = ", ".join([*other[:3], "..."] if len(other) > 3 else other)
        raise ArtifactInvalid(
            f"{where} is a pandas.DataFrame with columns that are not numbers ({shown}). It must be {_VECTORS}"
        )
    with np.errstate(over="ignore"):  # a value beyond float32 becomes inf, which the integrity checks report
        return frame.to_numpy(dtype=np.float32, na_value=np.nan)


def _of_gensim(obj: object) -> tuple[list[object] | None, object]:
    keyed_vectors = getattr(obj, "wv", obj)
    # A pickle of gensim 3 has the old names. gensim 4 replaces them by properties that raise, and renames them only
    # in files that it loads itself: here they are read from the instance.
    old = getattr(keyed_vectors, "__dict__", {})
    keys = getattr(keyed_vectors, "index_to_key", old.get("index2word", old.get("index2entity")))
    return (None if keys is None else list(keys)), getattr(keyed_vectors, "vectors", old.get("syn0"))
