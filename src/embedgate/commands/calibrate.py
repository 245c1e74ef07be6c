"""`embedgate calibrate`: measure the variation of retrains and write it to quality_checks.toml."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedgate.calibration import MIN_RUNS, limits
from embedgate.checks.item_catalogue import join_catalogue
from embedgate.checks.registry import check_of
from embedgate.commands.printing import print_lines
from embedgate.config.file import CONFIG_NAME, load_config
from embedgate.config.sections import BandSettings
from embedgate.errors import ConfigError, UsageError
from embedgate.paths import typed_path
from embedgate.progress import on_terminal
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.records import Request
from embedgate.sources.resolve import resolve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from embedgate.config.settings import Settings
    from embedgate.sources.records import LoadedModel


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--runs", metavar="A,B,C", help="runs of the flow, as FLOW/ID or ID: retrains of the same data"
    )
    which.add_argument("--tag", metavar="TAG", help="all successful runs of the flow with this tag")
    which.add_argument("--vectors", metavar="FILE", nargs="+", help="files of vectors, with --playlists")
    parser.add_argument("--playlists", metavar="FILE", help="the playlists for --vectors")
    parser.add_argument("--config", metavar="FILE", default=CONFIG_NAME, help=f"default: {CONFIG_NAME}")
    parser.add_argument("--flow", metavar="NAME", help="the flow; overrides [model] flow of the config")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write the bands, and print them.

    Raises:
        UsageError: if there are fewer than three retrains, or the config does not exist.
        UnavailableError: if a retrain is unavailable.
    """
    path = typed_path(arguments.config, "--config")
    if not os.path.lexists(path):
        raise UsageError(f"the config {path}, into which the bands are written, does not exist: set --config")
    config = load_config(path, arguments.config).with_flow(arguments.flow)
    # bands of genres that are no longer labels of the catalogue are replaced, so they are no error
    settings = config.settings.model_copy(update={"bands": BandSettings()})
    config = replace(config, settings=settings)
    requests = _requests(arguments, settings)
    if len(requests) < MIN_RUNS:
        raise UsageError(f"{len(requests)} retrains are too few to show their variation: give at least {MIN_RUNS}")
    loaded: list[LoadedModel] = []
    for request in requests:
        joined, labelled = join_catalogue(resolve(request), config)
        settings = labelled.settings if not loaded else settings  # the genres are the labels of the first retrain
        loaded.append(joined)
    names = [each.record.pathspec for each in loaded]
    if len(set(names)) < len(names):
        raise UsageError(f"a retrain is given twice: {', '.join(names)}")
    found = limits(
        [(each.space, each.playlists, each.metadata) for each in loaded], settings, on_terminal("retrains compared")
    )
    found = {check_id: check_of(check_id).clipped(limit) for check_id, limit in found.items()}
    write_bands(path, found, names, datetime.now(UTC).date().isoformat())
    bands = [f"{check_id:40} {limit:.4g}" for check_id, limit in found.items()]
    print_lines([*bands, f"{len(found)} bands from {len(names)} retrains, written to {path}"])
    return 0


def _requests(arguments: argparse.Namespace, settings: Settings) -> list[Request]:
    columns = PlaylistColumns(settings.model.columns.given)
    if arguments.vectors:
        if not arguments.playlists:
            raise UsageError("--vectors needs --playlists: set both")
        playlists = typed_path(arguments.playlists, "--playlists")
        files = [typed_path(each, "--vectors") for each in arguments.vectors]
        return [Request(vectors_file=each, playlists_file=playlists, columns=columns) for each in files]
    flow = settings.model.flow
    if arguments.tag:
        if not flow:
            raise UsageError("--tag needs a flow: set --flow, or [model] flow in the config")
        from embedgate.sources.run_lookup import tagged_runs  # noqa: PLC0415 - imports Metaflow

        ids = tagged_runs(flow, arguments.tag)
    else:
        ids = [each.strip() for each in arguments.runs.split(",") if each.strip()]
    model = settings.model
    return [
        Request(
            flow=flow,
            run=each,
            vectors_artifact=model.vectors,
            keys_artifact=model.keys,
            playlists_artifact=model.playlists,
            columns=columns,
        )
        for each in ids
    ]


def write_bands(path: Path, limits: Mapping[str, float], runs: Sequence[str], measured: str) -> None:
    """Write `[bands]` to a config; the rest of the file, including comments and order, is not changed.

    Raises:
        ConfigError: if the file cannot be written.
    """
    import tomlkit  # noqa: PLC0415 - needed only here

    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    bands = document.get("bands")
    if bands is None:
        bands = tomlkit.table()
        bands.add(tomlkit.comment("variation of retrains, written by `embedgate calibrate`"))
        document.add(tomlkit.nl())
        document.add("bands", bands)
    bands["measured"] = measured
    bands["runs"] = list(runs)
    table = tomlkit.table()
    for check_id, limit in limits.items():
        table.add(check_id, float(f"{limit:.6g}"))
    bands["limits"] = table
    try:
        path.write_text(tomlkit.dumps(document), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the bands cannot be written to {path}: {error}") from error
