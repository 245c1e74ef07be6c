"""`embedgate promote`: make a run or a file the champion manually, whatever its verdict, and record the reason."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.commands.config_option import add_config, config_of
from embedgate.commands.printing import print_lines
from embedgate.config.file import CONFIG_NAME
from embedgate.errors import HistoryUnusable, TaggingFailed, UsageError
from embedgate.judgement import history
from embedgate.paths import typed_path
from embedgate.sources.champion_file import user_name
from embedgate.sources.records import Promotion, Request
from embedgate.sources.resolve import find_champion, find_model, promote, resolve_vectors, vectors_file_of

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "run", metavar="RUN", help="FLOW/ID, an ID of the flow, models:/NAME/VERSION, or a file of vectors"
    )
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; recorded in the history")
    add_config(parser)
    parser.add_argument("--flow", metavar="NAME", help="the flow; overrides [model] flow of the config")
    parser.add_argument("--namespace", metavar="NS", help="reject a run outside this Metaflow namespace")


def run(arguments: argparse.Namespace) -> int:
    """Move the tag `champion` to the run, or record the file as the champion; then record the reason.

    Raises:
        UsageError: if the reason is blank, no flow is set, or the run did not succeed.
        UnavailableError: if the run or file is unavailable, or cannot become champion.
        HistoryUnusable: if the promotion cannot be recorded; the message says whether the run is champion.
    """
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("--reason is blank: write why this run becomes champion; the history records it")
    settings = config_of(arguments.config).with_flow(arguments.flow).settings
    file = vectors_file_of(arguments.run, Path.cwd())
    if file is None and not settings.model.flow and "/" not in arguments.run:
        raise UsageError(
            f"the flow of run {arguments.run!r} is not set: write FLOW/{arguments.run}, or set --flow or "
            f"[model] flow in {CONFIG_NAME}"
        )
    folder = typed_path(settings.history.folder, "[history] folder", Path.cwd())
    _reject_unwritable(folder)
    if file is not None:
        wanted = Request(vectors_file=file, history=folder)
        model = resolve_vectors(wanted)[0]
    else:
        wanted = Request(flow=settings.model.flow, run=arguments.run, namespace=arguments.namespace)
        model = find_model(wanted)
    pathspec, replaces = model.pathspec, find_champion(wanted)
    champion = promote(Promotion(model=model, replaces=replaces, reason=reason, history=folder))
    if champion != pathspec:
        raise TaggingFailed(
            f"{champion} was promoted at the same time, and is champion now: {pathspec} is not. Promote {pathspec} "
            "again if it should replace that model"
        )
    recorded = _record(folder, pathspec, reason)
    print_lines([f"promoted: {pathspec} is the champion now", f"recorded in {recorded}"])
    return 0


def _reject_unwritable(folder: Path) -> None:
    """Reject a history folder that cannot be written, before a tag is moved."""
    above = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        what = "cannot be written to" if above.is_dir() else "is not a folder"
        raise HistoryUnusable(
            f"a manual promotion is recorded in {folder}, but {above} {what}. Nothing was promoted: correct "
            "[history] folder in the config"
        )


def _record(folder: Path, pathspec: str, reason: str) -> Path:
    record = {
        "schema": 1,
        "kind": "promotion",
        "run": pathspec,
        "reason": reason,
        "by": user_name(),
        "at": datetime.now(UTC).isoformat(),
    }
    try:
        return history.append(folder, record)
    except HistoryUnusable as error:
        raise HistoryUnusable(
            f"{pathspec} is champion now, but the promotion could not be recorded: {error}. Correct this and promote "
            f"{pathspec} again to record it"
        ) from error
