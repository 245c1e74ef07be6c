"""Convert objects in memory (Metaflow artifacts, arguments of the Python API) to vectors and playlists."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.arrow_columns import arrow_frame, playlists_of_arrow
from embedgate.sources.columns import DEFAULT_COLUMNS
from embedgate.sources.plays import playlists_of_frame
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
_KEY = "key"
_PLAYLISTS = (
    "a pandas DataFrame with the columns playlist_id and track_sequence, or playlist_id and track (one row per "
    "play), or a list of lists of track keys"
)


def vectors_from(obj: object, where: str = "the object given as vectors") -> EmbeddingSpace:
    """Return keys and vectors from an object.

    Args:
        obj: gensim `KeyedVectors` or a model that has them as `.wv`, also as gensim 3 pickled them; a pandas
            DataFrame, see `keys_and_matrix`; a mapping of keys to vectors; a pair of keys and a matrix with one row
            per key, or a mapping with both as `keys` and `vectors`; or an `EmbeddingSpace`, which is returned as it
            is.
        where: name of the object in messages: "artifact 'final_vectors' of run F/1".

    Raises:
        ArtifactInvalid: if the object is something else, or its keys and vectors do not match.
    """
    if isinstance(obj, EmbeddingSpace):
        return obj
    keys: Any
    vectors: Any
    if is_frame(obj):
        keys, vectors = keys_and_matrix(obj, where)
    elif isinstance(obj, Mapping) and set(obj) == {"keys", "vectors"} and _has_rows(obj["vectors"]):
        keys, vectors = list(obj["keys"]), obj["vectors"]
    elif isinstance(obj, Mapping):
        keys, vectors = list(obj), list(obj.values())
    elif isinstance(obj, tuple | list) and len(obj) == 2 and not isinstance(obj[0], str) and np.iterable(obj[0]):
        keys, vectors = list(obj[0]), obj[1]
    else:
        keys, vectors = _of_gensim(obj)
    if keys is None or vectors is None:
        advice = "; the keys of an array may be another artifact, [model] keys" if isinstance(obj, np.ndarray) else ""
        raise ArtifactInvalid(f"{where} is a {type_name(obj)}. It must be {_VECTORS}{advice}")
    return space_of(keys, vectors, where)


def vectors_from_array(array: object, keys: object, where: str, where_keys: str) -> EmbeddingSpace:
    """Return keys and vectors from an array, whose keys are another object.

    Args:
        array: a NumPy array with a row per key.
        keys: a list, an array, or an index or a column of pandas, in the order of the rows.
        where: name of the array in messages.
        where_keys: name of the keys in messages.

    Raises:
        ArtifactInvalid: if the objects are something else, or do not match.
    """
    if not isinstance(array, np.ndarray):
        raise ArtifactInvalid(
            f"{where} is a {type_name(array)}, and only an array needs keys of its own ({where_keys}). Remove "
            "[model] keys, or write the vectors as a NumPy array"
        )
    listed = getattr(keys, "tolist", lambda: keys)()
    if not isinstance(listed, list | tuple):
        raise ArtifactInvalid(
            f"{where_keys} is a {type_name(keys)}. It must be a list or an array with one key per row of the vectors"
        )
    return space_of(listed, array, f"{where} with the keys of {where_keys}")


def playlists_from(
    obj: object, where: str = "the object given as playlists", names: PlaylistColumns = DEFAULT_COLUMNS
) -> Playlists:
    """Return playlists from an object.

    Args:
        obj: a pandas DataFrame with the columns `playlist_id` and `track_sequence`, and optionally
            `artist_sequence`, `track_test_x` and `track_test_y`; one with a row per play, and the columns
            `playlist_id`, `track` and optionally `artist`, see `playlists_of_frame`; a list of lists of track keys,
            whose playlist ids become "0", "1", ...; or `Playlists`, which are returned as they are.
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
    if names.are_plays(existing):
        check_columns(existing, where, names, plays=True)
        return playlists_of_frame(obj.set_axis(existing, axis=1), where, names)
    check_columns(existing, where, names)
    stored = arrow_frame(obj, names)
    found = None if stored is None else playlists_of_arrow(stored, names)
    if found is not None:
        return found
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


def keys_and_matrix(frame: pd.DataFrame, where: str) -> tuple[list[object], NDArray[np.float32]]:
    """Return the keys and the vectors of a frame.

    The keys are the index or, where it only numbers the rows, the column `key`. The vectors are the other columns:
    one with a list of numbers per row, or columns of numbers.

    Raises:
        ArtifactInvalid: if there are no keys, there are other columns, or the lists are not equally long.
    """
    columns = [str(name) for name in frame.columns]
    if not _is_numbered(frame):
        keys = list(frame.index)
    elif columns.count(_KEY) == 1:
        keys = plain_cells(frame.iloc[:, columns.index(_KEY)])
        frame = frame.iloc[:, [column for column, name in enumerate(columns) if name != _KEY]]
    else:
        raise ArtifactInvalid(
            f"{where} is a pandas.DataFrame without keys: its index only numbers the rows, and its columns are "
            f"{_listed(columns) or 'none at all'}. Set its index to the keys, or name their column {_KEY!r}. It must "
            f"be {_VECTORS}"
        )
    if len(frame.columns) == 1 and _kind(frame.dtypes.iloc[0]) == "O" and len(frame):
        return keys, _stacked(frame.iloc[:, 0], where)
    other = [str(name) for name, dtype in frame.dtypes.items() if _kind(dtype) not in "fiu"]
    if other:
        raise ArtifactInvalid(
            f"{where} is a pandas.DataFrame with columns that are not numbers ({_listed(other)}). "
            f"It must be {_VECTORS}"
        )
    with np.errstate(over="ignore"):  # a value beyond float32 becomes inf, which the integrity checks report
        return keys, frame.to_numpy(dtype=np.float32, na_value=np.nan)


def _stacked(column: pd.Series[Any], where: str) -> NDArray[np.float32]:
    """Return the lists of a column as the rows of a matrix."""
    rows: list[NDArray[np.float32]] = []
    for row, cell in enumerate(column):
        try:
            with np.errstate(over="ignore"):
                vector = np.asarray(cell, dtype=np.float32)
        except (TypeError, ValueError):
            vector = np.empty((0, 0), np.float32)
        if vector.ndim != 1 or len(vector) != len(rows[0] if rows else vector):
            raise ArtifactInvalid(
                f"{where}: {column.name} of row {row} (counted from 0) is a {type_name(cell)} ({cell!r:.60}). It "
                "must be a list of numbers, as long as that of every other row"
            )
        rows.append(vector)
    return np.stack(rows)


def _has_rows(vectors: object) -> bool:
    """Return whether an object is a matrix, and not the vector of a track that is named "vectors"."""
    if isinstance(vectors, list | tuple):
        return len(vectors) > 0 and not isinstance(vectors[0], Real)
    return getattr(vectors, "ndim", 1) > 1


def _is_numbered(frame: pd.DataFrame) -> bool:
    """Return whether the index of a frame is the default one, which pandas stores as a range."""
    return type(frame.index).__name__ == "RangeIndex" and frame.index.name is None


def _kind(dtype: object) -> str:
    """Return the kind of a dtype, as NumPy's letter; "O" for one without."""
    return str(getattr(dtype, "kind", "O"))


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:3], "..."] if len(names) > 3 else names)


def _of_gensim(obj: object) -> tuple[list[object] | None, object]:
    keyed_vectors = getattr(obj, "wv", obj)
    # A pickle of gensim 3 has the old names. gensim 4 replaces them by properties that raise, and renames them only
    # in files that it loads itself: here they are read from the instance.
    old = getattr(keyed_vectors, "__dict__", {})
    keys = getattr(keyed_vectors, "index_to_key", old.get("index2word", old.get("index2entity")))
    return (None if keys is None else list(keys)), getattr(keyed_vectors, "vectors", old.get("syn0"))
