"""The champion of tested files: which vectors it is, in a record in the history folder.

Each promotion adds a record, `champion-000007.json`, with the path and the SHA-256 of each file and the verdict. The
record with the highest number is the champion. A new record is written aside and then linked under the next number,
which fails if that number exists: of two promotions that replace the same champion, one succeeds. A promotion that is
killed leaves the old champion, or the new one.
"""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from embedgate.errors import ArtifactInvalid, ArtifactMissing, ArtifactUnreadable, TaggingFailed
from embedgate.record_files import champion_number, champion_record, create_folder, remove_abandoned, write_new
from embedgate.sources import files
from embedgate.sources.file_access import size_of_regular
from embedgate.sources.records import FileRecord, RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import Promotion

_ANOTHER = "make another model the champion: embedgate promote FILE --reason TEXT"


@dataclass(frozen=True, kw_only=True)
class ChampionRecord:
    """The content of a record.

    Attributes:
        files: the files of the vectors; a path inside the folder above the history is relative to that folder.
        at: when it became champion.
        reason: why it was promoted manually; empty if its verdict promoted it.
        by: the user who promoted it.
        verdict: the verdict that promoted it; None after a manual promotion.
    """

    schema: Literal[1] = 1
    kind: Literal["champion"] = "champion"
    files: Annotated[tuple[FileRecord, ...], Field(min_length=1)]
    at: AwareDatetime
    reason: str = ""
    by: str = ""
    verdict: dict[str, Any] | None = None

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="ignore")


_RECORD = TypeAdapter(ChampionRecord)


def find(folder: Path) -> RunRecord | None:
    """Return the champion that is recorded in a history folder, without reading it; None if there is none.

    Raises:
        ArtifactUnreadable: if the folder cannot be read.
    """
    path = _newest(folder)
    return None if path is None else _run_of(_read(path), folder)


def recorded_files(folder: Path) -> list[Path]:
    """Return the paths of the champion's files; none if there is no champion, or its record is damaged."""
    try:
        path = _newest(folder)
        return [] if path is None else [Path(each.path) for each in _run_of(_read(path), folder).files]
    except ArtifactUnreadable:
        return []  # `load` reports it


def load(folder: Path) -> tuple[RunRecord, EmbeddingSpace] | None:
    """Read the vectors of the recorded champion; None if there is none.

    Raises:
        ArtifactMissing: if one of its files does not exist.
        ArtifactInvalid: if one of its files has changed since it became champion.
        ArtifactUnreadable: if its record or one of its files cannot be read.
    """
    path = _newest(folder)
    if path is None:
        return None
    expected = [(Path(each.path), each.sha256) for each in _run_of(_read(path), folder).files]
    about = f"the champion of {path}"
    _refuse_changed(expected, about)
    found, space = files.load_vectors(expected[0][0])
    if [each.sha256 for each in found.files] != [sha256 for _, sha256 in expected]:  # changed while it was read
        _refuse_changed(expected, about)
        raise ArtifactInvalid(f"{about}: its files changed while they were read. Run the gate again")
    return found, space


def promote(promotion: Promotion) -> str:
    """Record a model of files as the champion.

    Promoting the champion again changes nothing.

    Returns:
        The path of the champion's vectors: those of another model, if that was promoted at the same time.

    Raises:
        ArtifactMissing, ArtifactInvalid: if its files have been deleted or changed since they were tested.
        TaggingFailed: if the record cannot be written.
        UnavailableError: if the current champion cannot be read.
    """
    model, folder = promotion.model, promotion.history
    if folder is None:
        raise TaggingFailed("there is no history folder in which a champion could be recorded: set [history] folder")
    vectors = _vectors(model)
    _refuse_changed([(Path(each.path), each.sha256) for each in vectors], f"the tested model {model.pathspec}")
    newest = _newest(folder)
    if newest is not None:
        current = _read(newest)
        is_replaced = promotion.replaces is not None and _is_of(current, promotion.replaces, folder)
        if _is_of(current, model, folder) or not is_replaced:
            return _champion(current, model, folder)
    record = ChampionRecord(
        files=tuple(replace(each, path=_stored(each.path, folder)) for each in vectors),
        at=datetime.now(UTC),
        reason=promotion.reason,
        by=user_name(),
        verdict=dict(promotion.verdict) if promotion.verdict is not None else None,
    )
    _add(folder, record, _number(newest) + 1)
    newest = _newest(folder)
    if newest is None:
        raise TaggingFailed(f"the record of the champion in {folder} was deleted at the same time. Promote again")
    return _champion(_read(newest), model, folder)


def user_name() -> str:
    """Return the name of the user, as Metaflow does; in a container the user may have no name."""
    try:
        return os.environ.get("METAFLOW_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _champion(record: ChampionRecord, model: RunRecord, folder: Path) -> str:
    """Return the path of the recorded vectors, which may be those of another model."""
    if _is_of(record, model, folder):
        return model.pathspec
    pathspec = _run_of(record, folder).pathspec
    if pathspec == model.pathspec:
        raise TaggingFailed(f"{pathspec} was promoted with other content at the same time. Run the gate again")
    return pathspec


def _add(folder: Path, record: ChampionRecord, number: int) -> None:
    """Write a record, unless one of this number exists."""
    plain: Mapping[str, object] = {**asdict(record), "at": record.at.isoformat()}
    text = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    path = folder / champion_record(number)
    try:
        create_folder(folder)
        remove_abandoned(folder)
        write_new(path, text.encode("utf-8", "replace"), has_unique_name=False)
    except OSError as error:
        if isinstance(error, FileExistsError) and path.is_file():
            return
        raise TaggingFailed(
            f"the champion could not be recorded in {path}, and was not changed: {error.strerror or error}. Set "
            "[history] folder to a writable folder, on a file system with hard links"
        ) from error


def _newest(folder: Path) -> Path | None:
    """Return the record with the highest number."""
    try:
        names = [name for name in os.listdir(folder) if champion_number(name) is not None]  # noqa: PTH208 - names alone
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ArtifactUnreadable(
            f"the history folder {folder}, in which the champion is recorded, cannot be read: "
            f"{error.strerror or error}. Correct its permissions, or set [history] folder"
        ) from error
    return folder / max(names) if names else None


def _number(record: Path | None) -> int:
    """Return the number of a record; 0 if there is none."""
    return (champion_number(record.name) or 0) if record is not None else 0


def _read(path: Path) -> ChampionRecord:
    try:
        return _RECORD.validate_json(path.read_bytes())
    except OSError as error:
        why = error.strerror or str(error)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        why = f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"
    raise ArtifactUnreadable(
        f"the record of the champion {path} cannot be read: {why}. Restore it, or delete it to return to the "
        "champion before it"
    )


def _refuse_changed(expected: list[tuple[Path, str]], about: str) -> None:
    """Refuse files that do not exist, or whose content is not the expected one."""
    for path, sha256 in expected:
        try:
            size_of_regular(path, "vectors")
        except ArtifactMissing as error:
            raise ArtifactMissing(f"{about}: {error}. Restore the file, or {_ANOTHER}") from error
        try:
            now = files.record_of(path, "vectors").sha256
        except OSError as error:
            raise ArtifactUnreadable(
                f"{about}: {path} cannot be read: {error.strerror or error}. Correct its permissions"
            ) from error
        if now != sha256:
            raise ArtifactInvalid(
                f"{about}: {path} has changed since (SHA-256 {sha256[:12]}..., now {now[:12]}...). Restore it, or "
                f"{_ANOTHER}. Write each new model to a file of its own"
            )


def _run_of(record: ChampionRecord, folder: Path) -> RunRecord:
    found = tuple(replace(each, path=str(folder.parent / each.path)) for each in record.files)
    return RunRecord(source="files", pathspec=found[0].path, files=found)


def _is_of(record: ChampionRecord, model: RunRecord, folder: Path) -> bool:
    """Return whether a record has the files of a model, with the same content."""
    stored = [(_stored(each.path, folder), each.sha256) for each in _vectors(model)]
    return stored == [(each.path, each.sha256) for each in record.files]


def _vectors(model: RunRecord) -> list[FileRecord]:
    return [each for each in model.files if each.role == "vectors"]


def _stored(path: str, folder: Path) -> str:
    """Return the path of a file relative to the folder above the history, if it is inside that folder.

    A project can then be moved or checked out elsewhere, together with its history. Links are followed, so that
    `latest.kv` may point to another model later, unless the suffix is lost.
    """
    given, above = Path(path), folder.resolve().parent
    real = given.resolve()
    if real.suffix != given.suffix:
        real = given.parent.resolve() / given.name
    return real.relative_to(above).as_posix() if real.is_relative_to(above) else str(real)
