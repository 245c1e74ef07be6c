"""Read a model and its playlists from files, with a reader for each suffix."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.sources.arrow_columns import playlists_of_arrow
from embedgate.sources.columns import DEFAULT_COLUMNS
from embedgate.sources.csv_plays import read_csv
from embedgate.sources.faiss_index import read_index
from embedgate.sources.file_access import read_by_suffix
from embedgate.sources.gensim_files import read_gensim
from embedgate.sources.keys_beside import required_keys_beside
from embedgate.sources.memory import keys_and_matrix, playlists_from, vectors_from
from embedgate.sources.numpy_files import map_npy, read_npz
from embedgate.sources.plays import playlists_of_frame
from embedgate.sources.readers import misnamed, with_installed
from embedgate.sources.records import FileRecord, LoadedModel, RunRecord
from embedgate.sources.safetensors_file import read_safetensors
from embedgate.sources.validation import check_columns, playlists_of, space_of, type_name
from embedgate.sources.word2vec_format import read_binary, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import BufferedIOBase
    from pathlib import Path

    from pyarrow.parquet import ParquetFile

    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.columns import PlaylistColumns

    ReadSpace = tuple[EmbeddingSpace, tuple[Path, ...]]
    """Keys and vectors, and the files that were read beside the given one."""
    Contents = tuple[Sequence[object], Any, tuple[Path, ...]]
    """Keys, vectors, and the files that were read beside the given one."""

_EXAMPLE = '{"playlist_id": "...", "track_sequence": ["...", "..."]}'


def load(vectors: Path, playlists: Path, columns: PlaylistColumns = DEFAULT_COLUMNS) -> LoadedModel:
    """Read a model and its playlists.

    Args:
        vectors: see `read_vectors`.
        playlists: see `read_playlists`.
        columns: names of the columns of the playlists.

    Raises:
        ArtifactMissing: if a file does not exist.
        ArtifactUnreadable: if a file cannot be read.
        ArtifactInvalid: if the content of a file has the wrong type or shape.
    """
    space, files = read_vectors(vectors)
    played = read_playlists(playlists, columns)
    return LoadedModel(_record(files, (playlists,)), space, played, columns)


def load_vectors(vectors: Path) -> tuple[RunRecord, EmbeddingSpace]:
    """Read vectors alone; raises what `load` raises."""
    space, files = read_vectors(vectors)
    return _record(files), space


def read_vectors(path: Path) -> tuple[EmbeddingSpace, tuple[Path, ...]]:
    """Read vectors from a file of any format in docs/data.md, or with an installed reader; see `readers`.

    gensim's files are pickles: they are read as data, and no code in them runs. Raises what `load` raises.

    Returns:
        Keys and vectors, and the files that were read: the given one, then those that it refers to.
    """
    space, beside = read_by_suffix(path, _vector_readers(), "vectors", _misnamed())
    return space, (path, *beside)


def vector_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the files that vectors are read from, in lower case."""
    return tuple(_vector_readers())


def read_playlists(path: Path, columns: PlaylistColumns = DEFAULT_COLUMNS) -> Playlists:
    """Read playlists from a file of any format in docs/data.md, or with an installed reader; see `readers`.

    Raises what `load` raises.
    """
    built_in = {suffix: partial(read, columns=columns) for suffix, read in _PLAYLISTS.items()}
    readers = with_installed("playlists", built_in, partial(playlists_from, names=columns))
    return read_by_suffix(path, readers, "playlists", _misnamed())


def _vector_readers() -> dict[str, Callable[[Path], ReadSpace]]:
    built_in = {suffix: partial(_space, read) for suffix, read in _VECTORS.items()}
    return with_installed("vectors", built_in, lambda given, where: (vectors_from(given, where), ()))


def _space(read: Callable[[Path], Contents], path: Path) -> ReadSpace:
    keys, vectors, beside = read(path)
    return space_of(keys, vectors, f"file {path}"), beside


def _misnamed() -> str:
    """Return a sentence for messages about readers that are not used."""
    names = misnamed()
    return (
        f". Not used, since its name is not vectors.SUFFIX or playlists.SUFFIX: {', '.join(names)}" if names else ""
    )


def _record(vectors: tuple[Path, ...], playlists: tuple[Path, ...] = ()) -> RunRecord:
    read = [*((path, "vectors") for path in vectors), *((path, "playlists") for path in playlists)]
    records = tuple(record_of(path, role) for path, role in read)
    modified = datetime.fromtimestamp(vectors[0].stat().st_mtime, tz=UTC)
    return RunRecord(source="files", pathspec=str(vectors[0]), finished_at=modified, files=records)


def record_of(path: Path, role: str) -> FileRecord:
    """Return the record of a file that was read."""
    with path.open("rb") as file:
        return FileRecord(role=role, path=str(path), sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _word2vec(read: Callable[[BufferedIOBase, str], tuple[list[str], Any]], path: Path) -> Contents:
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        return *read(file, f"file {path}"), ()


def _npz(path: Path) -> Contents:
    with path.open("rb") as file:
        keys, vectors = read_npz(file, ("keys", "vectors"), f"file {path}")
    if keys.ndim != 1 or keys.dtype.kind not in "USiu":
        raise ArtifactInvalid(
            f"file {path}: keys must be a one-dimensional array of strings or integers, "
            f"not an array of {keys.dtype} and shape {keys.shape}. Write keys=np.array(keys, dtype=str)"
        )
    names: list[object] = keys.tolist()
    return [name.decode() if isinstance(name, bytes) else name for name in names], vectors, ()


def _npy(path: Path) -> Contents:
    vectors = map_npy(path, f"file {path}")
    keys, beside = required_keys_beside(path)
    return keys, vectors, (beside,)


def _frame(path: Path) -> Contents:
    import pandas as pd  # noqa: PLC0415 - only these files need it

    with path.open("rb") as file:  # since pyarrow reads columns from the names of the folders of a path
        frame = pd.read_parquet(file)
    return *keys_and_matrix(frame, f"file {path}"), ()


def _parquet(path: Path, columns: PlaylistColumns) -> Playlists:
    from pyarrow import parquet  # noqa: PLC0415 - only these files need it

    # An open file, since pyarrow reads columns from the names of the folders of a path (`key=value`)
    with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
        names = file.schema_arrow.names
        if columns.are_plays(names):
            return _parquet_plays(file, f"file {path}", columns)
        check_columns(names, f"file {path}", columns)
        leaves = [file.schema.column(number) for number in range(len(file.schema.names))]
        strings = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    with path.open("rb") as opened, parquet.ParquetFile(opened, read_dictionary=strings) as file:
        table = file.read(columns=[name for name in columns.read if name in names])
    stored = {name: table.column(name) for name in table.column_names}
    found = playlists_of_arrow(stored, columns)
    if found is not None:
        return found
    return playlists_of({name: column.to_pylist() for name, column in stored.items()}, f"file {path}", columns)


def _parquet_plays(file: ParquetFile, where: str, columns: PlaylistColumns) -> Playlists:
    import pandas as pd  # noqa: PLC0415 - only these files need it

    names = file.schema_arrow.names
    check_columns(names, where, columns, plays=True)
    table = file.read(columns=[name for name in columns.read_of_plays if name in names])
    return playlists_of_frame(table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True), where, columns)


def _jsonl(path: Path, columns: PlaylistColumns) -> Playlists:
    rows = list(json_rows(path, _EXAMPLE))
    names = dict.fromkeys(name for row in rows for name in row)
    if columns.are_plays(names):
        import pandas as pd  # noqa: PLC0415 - only these files need it

        check_columns(names, f"file {path}", columns, plays=True)
        return playlists_of_frame(pd.DataFrame(rows, dtype=object), f"file {path}", columns)
    return playlists_of({name: [row.get(name) for row in rows] for name in names}, f"file {path}", columns)


def json_rows(path: Path, example: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file with one JSON object per line; `example` is one for messages.

    Raises:
        ArtifactUnreadable: if a line is something else.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"file {path}, line {number}"
            try:
                row = json.loads(line.decode("utf-8-sig"), parse_constant=_constant)
            except (ValueError, RecursionError) as error:
                raise ArtifactUnreadable(
                    f"{where} is not JSON: {error}. Write one object per line, as UTF-8: {example}"
                ) from error
            if not isinstance(row, dict):
                raise ArtifactUnreadable(f"{where} is a {type_name(row)}, not an object. Write {example}")
            yield row


def _constant(name: str) -> None:
    """Accept NaN, which Python's json writes for a missing cell of a frame; JSON itself has no such constant."""
    if name != "NaN":
        raise ValueError(f"{name} is not a JSON value")


_VECTORS: dict[str, Callable[[Path], Contents]] = {
    **dict.fromkeys((".kv", ".kv.gz", ".model"), read_gensim),
    **dict.fromkeys((".txt", ".txt.gz", ".vec", ".vec.gz"), partial(_word2vec, read_text)),
    **dict.fromkeys((".bin", ".bin.gz"), partial(_word2vec, read_binary)),
    ".npz": _npz,
    ".npy": _npy,
    ".parquet": _frame,
    ".safetensors": read_safetensors,
    **dict.fromkeys((".faiss", ".index"), read_index),
}
_PLAYLISTS: dict[str, Callable[..., Playlists]] = {".parquet": _parquet, ".jsonl": _jsonl, ".csv": read_csv}
