"""Find out which artifacts of a run, or which columns of files, are vectors, playlists and a catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedgate.config.sections import CatalogueSettings
from embedgate.errors import ArtifactInvalid, UsageError
from embedgate.paths import typed_path
from embedgate.proposal.columns import CatalogueChoice, PlaylistChoice, catalogue_columns, playlist_columns
from embedgate.proposal.document import Inputs
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import load, read_vectors
from embedgate.sources.memory import is_frame, vectors_from
from embedgate.sources.resolve import resolve, resolve_catalogue
from embedgate.sources.samples import ROWS, can_be_sampled, sample_of_file, sample_of_frame
from embedgate.sources.validation import type_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from embedgate.sources.records import LoadedModel, Request
    from embedgate.sources.run_contents import RunContents

_VECTORS, _PLAYLISTS = "final_vectors", "final_dataset"
_FEWEST_VECTORS = 10  # fewer are a setting that looks like vectors


@dataclass(frozen=True, eq=False)
class Discovery:
    """The model, and how the config names and reads it.

    Attributes:
        loaded: the model, with the metadata of the catalogue if there is one.
        inputs: the part of the config that says what is read.
        playlists: name of the artifact or the file with the playlists.
    """

    loaded: LoadedModel
    inputs: Inputs
    playlists: str


@dataclass(frozen=True)
class _Artifact:
    """An artifact, with what it is.

    Attributes:
        name: of the artifact.
        described: what it is.
        columns: `[model.columns]` of playlists.
        keys: the artifact with the keys of an array.
    """

    name: str
    described: str
    columns: Mapping[str, str] = field(default_factory=dict)
    keys: str | None = None


def discover_files(vectors: Path, playlists: Path, catalogue: str | None = None) -> Discovery:
    """Read a model from files, whose columns are found out.

    Args:
        vectors: file with keys and vectors.
        playlists: file with a row per playlist or play.
        catalogue: path of a file with a row per track; None if there is none.

    Raises:
        UnavailableError: if a file is unavailable, or no column has the keys of the vectors.
    """
    keys = read_vectors(vectors)[0].row_of
    columns: Mapping[str, str] = {}
    why: dict[str, str] = {}
    if can_be_sampled(playlists):
        table = sample_of_file(playlists, "playlists")
        choice = playlist_columns(table, keys)
        if choice is None:
            raise ArtifactInvalid(_no_tracks(f"file {playlists}", table, keys, "one that identifies playlists"))
        columns = choice.given
        why = dict.fromkeys(("playlists", "columns"), _columns_why(choice))
    loaded = load(vectors, playlists, PlaylistColumns(columns))
    found = Discovery(loaded, Inputs(f"{vectors} and {playlists}", columns=columns, why=why), playlists.name)
    return found if catalogue is None else _with_catalogue_file(found, catalogue)


def discover_run(request: Request, catalogue: str | None = None) -> Discovery:
    """Load a run, whose artifacts are found out: by what they are, then by their names.

    Args:
        request: the run.
        catalogue: path of a file with a row per track, instead of an artifact.

    Raises:
        UnavailableError: if the run is unavailable, or no artifact is vectors or playlists.
    """
    from embedgate.sources.run_contents import contents_of  # noqa: PLC0415 - imports Metaflow

    contents = contents_of(request)
    vectors, keys, others = _choose_vectors(contents)
    rest = {
        name: value for name, value in contents.objects.items() if name not in (vectors.name, vectors.keys, *others)
    }
    playlists, other_playlists = _choose_playlists(rest, keys, contents)
    loaded = resolve(
        replace(
            request,
            run=contents.pathspec,
            vectors_artifact=vectors.name,
            keys_artifact=vectors.keys,
            playlists_artifact=playlists.name,
            columns=PlaylistColumns(playlists.columns),
        )
    )
    artifacts = {"vectors": vectors.name} | ({"keys": vectors.keys} if vectors.keys else {})
    inputs = Inputs(
        title=f"run {contents.pathspec}",
        flow=contents.pathspec.partition("/")[0],
        artifacts={**artifacts, "playlists": playlists.name},
        columns=playlists.columns,
        why={
            "vectors": f"{vectors.described}{_also(others)}",
            "playlists": f"{playlists.described}{_also(other_playlists)}",
        },
    )
    found = Discovery(loaded, inputs, playlists.name)
    if catalogue is not None:
        return _with_catalogue_file(found, catalogue)
    tables = {
        name: columns
        for name, value in rest.items()
        if name not in (playlists.name, *other_playlists)
        and is_frame(value)
        and (columns := catalogue_columns(sample_of_frame(value), _all_keys(loaded))) is not None
    }
    if not tables:
        return found
    name = max(tables, key=lambda each: len(tables[each].columns))
    return _with_catalogue(found, tables[name], name, _also(each for each in tables if each != name))


def flow_to_take() -> str:
    """Return the only flow with a successful run.

    Raises:
        UsageError: if there are none or several; lists them.
        UnavailableError: if the metadata service or the datastore does not answer.
    """
    from embedgate.sources.run_contents import flows_with_a_run  # noqa: PLC0415 - imports Metaflow

    flows = flows_with_a_run()
    if len(flows) == 1:
        return flows[0]
    found = f"these flows have a successful run: {', '.join(flows)}" if flows else "no flow has a successful run here"
    raise UsageError(f"{found}. Set --flow=NAME, or --vectors=FILE and --playlists=FILE")


def _choose_vectors(contents: RunContents) -> tuple[_Artifact, Collection[str], list[str]]:
    """Return the vectors, their keys, and the names of other vectors."""
    found: list[tuple[_Artifact, Mapping[str, int]]] = []
    for name, value in contents.objects.items():
        try:
            space = vectors_from(value, name)
        except ArtifactInvalid:
            continue
        if len(space) >= _FEWEST_VECTORS and space.dimensions > 1:
            kind = type_name(value)
            found.append((_Artifact(name, kind), space.row_of))
    if not found:
        found = list(_arrays(contents.objects))
    if not found:
        raise ArtifactInvalid(
            f"no artifact of run {contents.pathspec} is vectors with keys. {_listed(contents.objects, contents)}. "
            "Store gensim KeyedVectors, or a frame indexed by key, as an artifact of the last step"
        )
    best = max(found, key=lambda each: (each[0].name == _VECTORS, len(each[1])))
    return best[0], best[1], [each.name for each, _ in found if each is not best[0]]


def _arrays(objects: Mapping[str, object]) -> Iterable[tuple[_Artifact, Mapping[str, int]]]:
    """Yield arrays of numbers with another artifact that has a key for each row."""
    for name, value in objects.items():
        if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind != "f":
            continue
        for other, keys in objects.items():
            listed = keys.tolist() if isinstance(keys, np.ndarray) and keys.ndim == 1 else keys
            listed = getattr(listed, "tolist", lambda listed=listed: listed)() if not is_frame(listed) else None
            if not isinstance(listed, list | tuple) or len(listed) != len(value):
                continue
            if all(isinstance(key, str | int) for key in listed) and len(set(map(str, listed))) == len(listed):
                yield (
                    _Artifact(name, f"array with the keys of {other}", keys=other),
                    {str(key): row for row, key in enumerate(listed)},
                )


def _choose_playlists(
    objects: Mapping[str, object], keys: Collection[str], contents: RunContents
) -> tuple[_Artifact, list[str]]:
    """Return the playlists, and the names of other playlists."""
    found: list[tuple[_Artifact, int]] = []
    for name, value in objects.items():
        if is_frame(value):
            choice = playlist_columns(sample_of_frame(value), keys)
            if choice is not None:
                found.append((_Artifact(name, _columns_why(choice), choice.given), len(value)))
        elif isinstance(value, list | tuple) and _lists_keys(value, keys):
            found.append((_Artifact(name, f"{len(value):,} lists of keys"), 0))
    if not found:
        raise ArtifactInvalid(
            f"no artifact of run {contents.pathspec} is playlists with the keys of the vectors. Beside the vectors: "
            f"{_listed(objects, contents)}. Store a frame with a row per playlist or play as an artifact of the last "
            "step"
        )
    best = max(found, key=lambda each: (each[0].name == _PLAYLISTS, each[1]))
    return best[0], [each.name for each, _ in found if each is not best[0]]


def _lists_keys(value: list[object] | tuple[object, ...], keys: Collection[str]) -> bool:
    """Return whether most of the first elements are lists with keys."""
    some = value[:ROWS]
    return (
        bool(some)
        and sum(isinstance(each, list | tuple) and any(str(key) in keys for key in each[:50]) for each in some)
        > len(some) / 2
    )


def _with_catalogue_file(found: Discovery, typed: str) -> Discovery:
    path = typed_path(typed, "--catalogue")
    table, keys = sample_of_file(path, "catalogue"), _all_keys(found.loaded)
    columns = catalogue_columns(table, keys)
    if columns is None:
        raise ArtifactInvalid(_no_tracks(f"file {path}", table, keys, "one with titles, artists or labels"))
    return _with_catalogue(found, columns, typed)


def _with_catalogue(found: Discovery, columns: CatalogueChoice, source: str, also: str = "") -> Discovery:
    plain = {"source": source, "key": columns.key, **columns.columns}
    loaded = resolve_catalogue(CatalogueSettings.model_validate(plain), found.loaded, Path(), None)
    named = ", ".join(f"{role} in {column!r}" for role, column in columns.columns.items())
    why = {**found.inputs.why, "catalogue": f"keys in {columns.key!r}, {named}{also}"}
    return replace(found, loaded=loaded, inputs=replace(found.inputs, catalogue=plain, why=why))


def _all_keys(loaded: LoadedModel) -> Collection[str]:
    return dict.fromkeys((*loaded.space.keys, *loaded.playlists.tracks))


def _columns_why(choice: PlaylistChoice) -> str:
    row = "play" if choice.per_play else "playlist"
    also = f" (further columns with keys: {', '.join(choice.others)})" if choice.others else ""
    return f"a row is a {row}; {choice.share:.0%} of the tracks in {choice.track!r} have a vector{also}"


def _also(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f". Not taken, though also possible: {listed}" if listed else ""


def _listed(objects: Mapping[str, object], contents: RunContents) -> str:
    """Return the artifacts with their types, and why others were not loaded."""
    kinds = ", ".join(f"{name} ({type_name(value)})" for name, value in objects.items())
    unreadable = f". Not loaded: {'; '.join(contents.unreadable.values())}" if contents.unreadable else ""
    return f"artifacts: {kinds or 'none'}{unreadable}"


def _no_tracks(where: str, table: Mapping[str, object], keys: Iterable[str], beside: str) -> str:
    first = ", ".join(repr(key) for key in islice(keys, 3))
    return (
        f"{where} needs a column with the keys of the vectors, and {beside}. Its columns are "
        f"{', '.join(table) or 'none at all'}, and the keys are {first}, ..."
    )
