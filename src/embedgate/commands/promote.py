"""`embedgate promote`: make a run the champion by hand, whatever the gate says, and record why."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.commands.printing import say
from embedgate.config import CONFIG_NAME, Config, Settings, load_config
from embedgate.errors import HistoryUnusable, TaggingFailed, UsageError
from embedgate.judgement import history
from embedgate.paths import typed_path
from embedgate.sources.records import Request
from embedgate.sources.resolve import find_run

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("run", metavar="RUN", help="FLOW/ID, or ID of the flow")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept in the history")
    parser.add_argument("--config", metavar="FILE", help=f"default: {CONFIG_NAME} here, if there is one")
    parser.add_argument("--flow", metavar="NAME", help="the flow; overrides [model] flow of the config")
    parser.add_argument("--namespace", metavar="NS", help="refuse a run outside of this Metaflow namespace")


def run(arguments: argparse.Namespace) -> int:
    """Move the tag `champion` to the run, then record it.

    Raises:
        UsageError: if the reason is blank, no flow is named, or the run did not end well.
        UnavailableError: if the run cannot be had or tagged.
        HistoryUnusable: if it cannot be recorded; says whether the run is champion nevertheless.
    """
    reason = arguments.reason.strip()
    if not reason:
        raise UsageError("--reason is blank: say why this run is to be champion, for whoever reads the history")
    settings = _config(arguments.config).with_flow(arguments.flow).settings
    if not settings.model.flow and "/" not in arguments.run:
        raise UsageError(
            f"{arguments.run!r} is a run of which flow? Write FLOW/{arguments.run}, or name it with --flow or in "
            f"[model] flow of {CONFIG_NAME}"
        )
    folder = typed_path(settings.history.folder, "[history] folder")
    _refuse_unwritable(folder)
    wanted = Request(flow=settings.model.flow, run=arguments.run, namespace=arguments.namespace)
    pathspec = find_run(wanted)

    from embedgate.sources import champion_tag  # noqa: PLC0415 - imports Metaflow, which find_run has checked

    champion = champion_tag.promote(pathspec, passed=False)
    if champion != pathspec:
        raise TaggingFailed(
            f"{champion} was promoted at the same time, and is champion now: {pathspec} is not. Promote it again if "
            "it is still to be"
        )
    recorded = _record(folder, pathspec, reason)
    say([f"promoted: {pathspec} is the champion now", f"recorded in {recorded}"])
    return 0


def _config(named: str | None) -> Config:
    if named is not None:
        return load_config(typed_path(named, "--config"), named)
    # what exists in any form is the config: one that cannot be read is no reason to promote without it
    return load_config(Path(CONFIG_NAME), CONFIG_NAME) if os.path.lexists(CONFIG_NAME) else Config(Settings())


def _refuse_unwritable(folder: Path) -> None:
    """See, before a tag is moved, that the record will have its place."""
    above = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        what = "cannot be written to" if above.is_dir() else "is no folder"
        raise HistoryUnusable(
            f"a promotion by hand is recorded in {folder}, and {above} {what}. Nothing was promoted: see [history] "
            "folder in the config"
        )


def _record(folder: Path, pathspec: str, reason: str) -> Path:
    record = {
        "schema": 1,
        "kind": "promotion",
        "run": pathspec,
        "reason": reason,
        "by": _user(),
        "at": datetime.now(UTC).isoformat(),
    }
    try:
        return history.append(folder, record)
    except HistoryUnusable as error:
        raise HistoryUnusable(
            f"{pathspec} is champion now, and that could not be recorded: {error}. Mend it and promote {pathspec} "
            "again: it stays champion, and is recorded"
        ) from error


def _user() -> str:
    """Who promotes, as Metaflow would name them; a container may have no name for its user."""
    try:
        return os.environ.get("METAFLOW_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
