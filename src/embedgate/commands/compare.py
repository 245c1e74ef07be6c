"""`embedgate compare`: show two models side by side, and judge the second with the first as its champion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.item_catalogue import join_catalogue
from embedgate.commands.config_option import add_config, config_of
from embedgate.commands.printing import print_lines
from embedgate.engine import Engine, evidence_of
from embedgate.errors import UsageError
from embedgate.judgement.verdict import champion_as_json
from embedgate.paths import typed_path
from embedgate.report.side_by_side import SideBySide
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import read_playlists
from embedgate.sources.records import LoadedModel, Request
from embedgate.sources.resolve import request_of, resolve, resolve_vectors

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from embedgate.config.settings import Settings
    from embedgate.judgement.result import CheckResult
    from embedgate.material.space import EmbeddingSpace


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("a", metavar="A", help="the model to compare with: FLOW/ID, a tag, or a file of vectors")
    parser.add_argument("b", metavar="B", help="the model that is judged: likewise")
    parser.add_argument(
        "--playlists", metavar="FILE", help="measure both on these playlists (default: those of B, else those of A)"
    )
    add_config(parser)
    parser.add_argument("--flow", metavar="NAME", help="the flow of tags; overrides [model] flow of the config")
    parser.add_argument("--json", action="store_true", help="print JSON, in UTF-8")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return 0, or 1 if a check could not be completed.

    Raises:
        UsageError: if a reference or the config is wrong, or two files are given without playlists.
        UnavailableError: if a model, its playlists or the catalogue is unavailable.
    """
    config = reject_config_errors(config_of(arguments.config).with_flow(arguments.flow))
    playlists = None if arguments.playlists is None else typed_path(arguments.playlists, "--playlists")
    (first, second), source = _load(arguments.a, arguments.b, playlists, config.settings)
    first, _ = join_catalogue(first, config)
    second, config = join_catalogue(second, config)  # the genres are the labels of B
    found = SideBySide(
        a=champion_as_json(first.record, first.space, None),
        b=champion_as_json(second.record, second.space, None),
        a_results=_evaluate(first, config.settings),
        b_results=_evaluate(second, config.settings, first.space),
        playlists=source,
        config=config.shown,
    )
    if arguments.json:
        print_lines([json.dumps(found.as_json(), ensure_ascii=False, indent=1, allow_nan=False)], utf8=True)
    else:
        print_lines(found.lines())
    return int(found.has_error)


def _load(a: str, b: str, playlists: Path | None, settings: Settings) -> tuple[tuple[LoadedModel, LoadedModel], str]:
    """Load two models with the same playlists, and return them and where the playlists came from."""
    model = settings.model
    wanted = Request(
        flow=model.flow,
        vectors_artifact=model.vectors,
        keys_artifact=model.keys,
        playlists_artifact=model.playlists,
        columns=PlaylistColumns(model.columns.given),
    )
    requests = [request_of(a, wanted), request_of(b, wanted)]
    if playlists is not None:
        played, source = read_playlists(playlists, wanted.columns), str(playlists)
        found = [resolve_vectors(each) for each in requests]
    else:
        owner = next((number for number in (1, 0) if requests[number].vectors_file is None), None)
        if owner is None:
            raise UsageError(f"{a} and {b} are both files, which have no playlists: set --playlists=FILE")
        loaded = resolve(requests[owner])
        played, source = loaded.playlists, loaded.record.pathspec
        other = resolve_vectors(requests[1 - owner])
        found = [other, (loaded.record, loaded.space)] if owner else [(loaded.record, loaded.space), other]
    first, second = (LoadedModel(record, space, played, wanted.columns) for record, space in found)
    return (first, second), source


def _evaluate(model: LoadedModel, settings: Settings, champion: EmbeddingSpace | None = None) -> list[CheckResult]:
    """Return the results of all checks that are on; without a champion, those that need none."""
    evidence = evidence_of(model.space, model.playlists, settings, champion, metadata=model.metadata)
    results = Engine(evidence, settings, compares=champion is not None).evaluate()
    return [result for result in results if result.outcome != "off"]
