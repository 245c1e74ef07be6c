"""Sources of models: what they do, and which one a reference belongs to.

A source is an entry point of the group `embedgate.sources`, a module or an object with the functions of `Source`. The
name of the entry point is the prefix of its references: `models:/track2vec/7` belongs to the source `models`. A
reference without a prefix is a run of the source `metaflow`, or a file of the source `files`.
"""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Protocol

from embedgate.errors import EmbedgateError, MetaflowUnusable, SourceUnusable, UsageError
from embedgate.sources.records import LoadedModel, RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from embedgate.material.space import EmbeddingSpace
    from embedgate.sources.records import Promotion, Request

    Champion = tuple[RunRecord, EmbeddingSpace]

GROUP = "embedgate.sources"
METAFLOW, FILES = "metaflow", "files"
_PREFIX = re.compile(r"([a-z][a-z0-9_+.-]*):/")
_OURS = "embedgate"


class Source(Protocol):
    """A source of models. Its functions raise `embedgate.UnavailableError` or `embedgate.UsageError`.

    An outage is `ServiceUnreachable`, never a missing model or champion.
    """

    def resolve(self, request: Request, /) -> str:
        """Find the requested model, and return its name: `Flow/123`, `models:/track2vec/7`."""

    def load(self, request: Request, /) -> LoadedModel:
        """Find the requested model, and read its vectors and playlists."""

    def load_vectors(self, request: Request, /) -> Champion:
        """Find the requested model, and read its vectors alone."""

    def find_champion(self, request: Request, /) -> RunRecord | None:
        """Return the champion of what is requested, without its vectors; None if there is none."""

    def load_champion(self, request: Request, /) -> Champion | None:
        """Find the champion of what is requested, and read its vectors; None if there is none."""

    def promote(self, promotion: Promotion, /) -> str:
        """Move the champion mark to a model, and return the name of the champion as read back.

        The model is also marked as passed if the promotion has a verdict. Killed at any step, it leaves a champion.
        """

    def mark_failed(self, model: RunRecord, /) -> str:
        """Mark a model as failed, and return the tag, "" if there is none. The champion mark stays."""

    def keep(self, model: RunRecord, files: Sequence[Path], /) -> str:
        """Store the verdict and the report with the model, and return where, "" if they are not stored."""


def source_of(request: Request) -> str:
    """Return the name of the source of a requested model."""
    if request.vectors_file is not None:
        return FILES
    return prefix_of(request.run or "") or METAFLOW


def source_of_model(model: RunRecord) -> str:
    """Return the name of the source of a model that was loaded."""
    return model.source if model.source in (FILES, METAFLOW) else prefix_of(model.pathspec) or model.source


def prefix_of(reference: str) -> str | None:
    """Return the prefix of a reference, `models` of `models:/track2vec/7`; None if it has none."""
    found = _PREFIX.match(reference)
    return found[1] if found else None


def ask(name: str, function: str, *given: object) -> Any:  # noqa: ANN401 - each function returns something else
    """Call a function of a source, and name the source in the errors of one that is not part of embedgate.

    Raises:
        UsageError: if there is no source of this name, or more than one.
        SourceUnusable: if the source cannot be imported, or fails with an error that is not one of embedgate's.
        EmbedgateError: whatever the source raises.
    """
    entry = _entry_point(name)
    asked = getattr(_import(entry), function, None)
    if not callable(asked):
        raise SourceUnusable(
            f"{_described(entry)} has no function {function}(): install a version for this embedgate"
        )
    if _is_ours(entry):
        return asked(*given)
    try:
        answer = asked(*given)
    except EmbedgateError as error:
        raise type(error)(f"{_described(entry)}: {error}") from error
    except Exception as error:
        raise SourceUnusable(
            f"{_described(entry)}: {function}() failed: {type(error).__name__}: {error}. This is an error of that "
            "package: report it there"
        ) from error
    if not _is_expected(function, answer):
        raise SourceUnusable(
            f"{_described(entry)}: {function}() returned a {type(answer).__name__}, which is not what a source of "
            "this embedgate returns: install a version for this embedgate"
        )
    return answer


def _is_expected(function: str, answer: object) -> bool:
    if function == "load":
        return isinstance(answer, LoadedModel)
    if function == "find_champion":
        return answer is None or isinstance(answer, RunRecord)
    if function in ("load_vectors", "load_champion"):
        is_pair = isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], RunRecord)
        return is_pair or (answer is None and function == "load_champion")
    return isinstance(answer, str)


def _entry_point(name: str) -> EntryPoint:
    found = list(entry_points(group=GROUP, name=name))
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"the source {name!r} is declared by more than one package: {', '.join(map(_package, found))}. Uninstall "
            "all but one of them"
        )
    others = sorted({each.name for each in entry_points(group=GROUP)})
    raise UsageError(
        f"there is no source {name!r}, to which {name}:/... would belong. Installed sources: "
        f"{', '.join(others) or 'none: install embedgate again'}. Install the package with that source, or correct "
        "the reference"
    )


def _import(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        if entry.name == METAFLOW and _is_ours(entry):
            # Metaflow reads its config while it is imported: an unknown METAFLOW_PROFILE fails here
            raise MetaflowUnusable(
                f"Metaflow cannot be imported: {cause}. Check METAFLOW_PROFILE, METAFLOW_HOME and ~/.metaflowconfig"
            ) from error
        raise SourceUnusable(
            f"{_described(entry)} cannot be imported: {cause}. Install that package again"
        ) from error


def _is_ours(entry: EntryPoint) -> bool:
    return entry.dist is None or entry.dist.name == _OURS


def _described(entry: EntryPoint) -> str:
    return f"the source {entry.name!r} of {_package(entry)} ({entry.value})"


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown package"
