"""`embedgate init`: propose a quality_checks.toml for a model, and judge the model with it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.item_catalogue import join_catalogue
from embedgate.commands.printing import print_lines
from embedgate.config.file import CONFIG_NAME, parse_config
from embedgate.diagnosis.diagnose import diagnose
from embedgate.engine import Engine, evidence_of
from embedgate.errors import ConfigError, UsageError
from embedgate.judgement.verdict import conclude
from embedgate.paths import typed_path
from embedgate.progress import watch
from embedgate.proposal.discovery import discover_files, discover_run, flow_to_take
from embedgate.proposal.document import config_text, left_out
from embedgate.proposal.proposal import propose
from embedgate.record_files import write_new
from embedgate.report.result_groups import by_cause, problems
from embedgate.report.wording import cause_lines, group_line, outcome_counts
from embedgate.sanitize import terminal_line
from embedgate.sources.records import Request
from embedgate.sources.source import prefix_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.proposal.discovery import Discovery
    from embedgate.proposal.proposal import Proposal

_LABEL = 18
_WIDEST = 120


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--flow", metavar="NAME", help="the flow; default: the only one that has a successful run")
    parser.add_argument("--run", metavar="RUN", help="FLOW/ID, or an ID of the flow; default: the latest successful")
    parser.add_argument("--namespace", metavar="NS", help="the Metaflow namespace; default: all users")
    parser.add_argument("--vectors", metavar="FILE", help="a file of vectors, with --playlists, instead of a run")
    parser.add_argument("--playlists", metavar="FILE", help="the playlists, sessions or plays for --vectors")
    parser.add_argument("--catalogue", metavar="FILE", help="a table with titles, artists and labels of the keys")
    parser.add_argument("--output", metavar="FILE", default=CONFIG_NAME, help=f"default: {CONFIG_NAME}")


def run(arguments: argparse.Namespace) -> int:
    """Write the config, and print what was chosen and why; return 0 if the model passes with it, else 1.

    Raises:
        UsageError: if the config exists, or it is not clear which model is meant.
        UnavailableError: if the model is unavailable, or it has no vectors or playlists.
    """
    target = typed_path(arguments.output, "--output")
    if os.path.lexists(target):
        raise UsageError(
            f"{target} exists, and a config is never overwritten: move it away, or write another one with "
            "--output=FILE"
        )
    watch(terminal=sys.stderr.isatty())
    _say("reading the model")
    found = _discover(arguments)
    loaded = found.loaded
    proposal = propose(loaded.space, loaded.playlists, loaded.metadata, found.playlists, _say)
    text, results, evidence = _judged(found, proposal, str(target))
    unmet = _only_unmet(results, evidence)
    if unmet:
        tracks = (replace(each, is_unmet=each.known.track in unmet) for each in proposal.known_tracks)
        proposal = replace(proposal, known_tracks=tuple(tracks))
        text, results, evidence = _judged(found, proposal, str(target))
    passed, verdict = _verdict(results, evidence)
    try:
        write_new(target, text.encode(), has_unique_name=False)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written: {error.strerror or error}") from error
    command = _next_command(arguments, str(target))
    print_lines([*_chosen(found, proposal), "", *verdict, "", f"written to {terminal_line(str(target))}. Next:"])
    print_lines([f"    {terminal_line(command)}"])
    return 0 if passed else 1


def _discover(arguments: argparse.Namespace) -> Discovery:
    if arguments.vectors or arguments.playlists:
        if arguments.flow or arguments.run:
            raise UsageError("--vectors and --playlists are files, --flow and --run a run: set only one of them")
        if not (arguments.vectors and arguments.playlists):
            raise UsageError("--vectors needs --playlists, and the other way round: set both")
        vectors = typed_path(arguments.vectors, "--vectors")
        return discover_files(vectors, typed_path(arguments.playlists, "--playlists"), arguments.catalogue)
    if prefix_of(arguments.run or ""):
        raise UsageError(
            f"{arguments.run} is no run of Metaflow, whose artifacts could be listed: set --vectors and --playlists"
        )
    flow = arguments.flow
    if flow is None and "/" not in (arguments.run or ""):
        flow = flow_to_take()
    request = Request(flow=flow, run=arguments.run, namespace=arguments.namespace)
    return discover_run(request, arguments.catalogue)


def _judged(found: Discovery, proposal: Proposal, target: str) -> tuple[str, Sequence[CheckResult], Evidence]:
    """Return the text of the config, and the results of the model with it, as in the gate."""
    text = config_text(found.inputs, proposal)
    config = reject_config_errors(parse_config(text.encode(), target))
    _say("all checks, with this config")
    joined, config = join_catalogue(replace(found.loaded, metadata=None), config)  # the config may not use all of it
    evidence = evidence_of(joined.space, joined.playlists, config.settings, metadata=joined.metadata)
    return text, Engine(evidence, config.settings, compares=False).evaluate(), evidence


def _only_unmet(results: Sequence[CheckResult], evidence: Evidence) -> set[str]:
    """Return the known tracks that fail in a model in which nothing else does: fewer than half of them, else none.

    The expectations come from simple models of the playlists, so a sound model need not meet each of them. A model
    whose keys are permuted meets hardly any.
    """
    stopping = [each for each in results if each.fails_gate]
    known = [each for each in stopping if each.id.startswith("neighbours.known[")]
    if len(known) < len(stopping) or 2 * len(known) >= len(evidence.known_tracks):
        return set()
    failed = {each.id for each in known}
    return {known.track for slug, known in evidence.known_tracks.items() if f"neighbours.known[{slug}]" in failed}


def _verdict(results: Sequence[CheckResult], evidence: Evidence) -> tuple[bool, list[str]]:
    """Return whether the model passes, and lines with the verdict."""
    outcome, missing = conclude(results, has_champion=False)
    counts = outcome_counts([each for each in results if each.outcome != "off"])
    lines = [f"verdict of this model: {outcome} ({counts})"]
    if outcome == "passed":
        return True, lines
    lines += [f"too little was checked: {each}" for each in missing]
    causes = diagnose(evidence, results).found
    explained = {check_id for cause in causes for check_id in cause.explains}
    for cause in causes:
        lines += cause_lines(cause)
    stopping = [each for each in problems(results) if each.fails_gate and each.id not in explained]
    lines += [f"    {group_line(group)}" for group in by_cause(stopping)]
    lines.append(
        "The expectations come from the playlists: look at the model first, then at the config, which is written in "
        "any case."
    )
    return False, list(map(terminal_line, lines))


def _chosen(found: Discovery, proposal: Proposal) -> Iterator[str]:
    """Yield what was chosen and why, for a quick look."""
    loaded, inputs = found.loaded, found.inputs
    yield terminal_line(f"embedgate init: {inputs.title}")
    sizes = {
        "vectors": f"{len(loaded.space):,} tracks x {loaded.space.dimensions} dimensions",
        "playlists": f"{len(loaded.playlists):,} playlists, {len(loaded.playlists.plays):,} plays",
    }
    files = {each.role: each.path for each in loaded.record.files}
    for role, size in sizes.items():
        name = inputs.artifacts.get(role) or files.get(role, "")
        yield from _entry(role, name, "; ".join(filter(None, (size, inputs.why.get(role)))))
    if inputs.columns:
        named = ", ".join(f"{role} = {name}" for role, name in inputs.columns.items())
        yield from _entry("columns", named, "")
    yield from _entry("playlists_role", proposal.role.role, proposal.role.why)
    for name, choice in (("track_separator", proposal.track_separator), ("user_separator", proposal.user_separator)):
        yield from _entry(name, f'"{choice.separator}"', choice.why)
    if inputs.catalogue is not None:
        yield from _entry("catalogue", inputs.catalogue["source"], inputs.why.get("catalogue", ""))
        for role, reason in (("label", proposal.labels_refused), ("artist", proposal.artists_refused)):
            if reason:
                yield from _entry("", f"without {role}", reason)
    yield from _genres(proposal)
    if not proposal.known_tracks:
        yield from _entry("known tracks", "none", "no popular track has neighbours that hold in samples of playlists")
    for number, each in enumerate(proposal.known_tracks):
        known = each.known
        expected = ", ".join(known.expect[:3]) + (
            f" and {len(known.expect) - 3:,} more" if len(known.expect) > 3 else ""
        )
        why = f"{known.min_hits:,} of {known.topn:,} neighbours from: {expected}"
        if each.is_unmet:
            why = f"this model has fewer than {why}; left out as a comment: look at the neighbours of this track"
        name = f"{known.track} ({each.title})" if each.title else known.track
        yield from _entry("" if number else "known tracks", name, why)


def _genres(proposal: Proposal) -> Iterator[str]:
    if proposal.labels:
        weak = [each.genre for each in proposal.labels if each.reason]
        why = f"the playlists separate {len(proposal.labels) - len(weak):,} of {len(proposal.labels):,} labels"
        yield from _entry(
            "genres", "labels of the catalogue", why + (f"; warn: {', '.join(weak[:10])}" if weak else "")
        )
        return
    names = ", ".join("/".join(each.words.words) for each in proposal.genres)
    without = left_out(proposal)
    reason = "the tracks of a playlist predict these words in its name"
    if not proposal.genres:
        names, reason = "none", "the tracks of a playlist predict fewer than two words in its name"
    yield from _entry("genres", names, reason + (f"; not so {without}" if without else ""))


def _entry(label: str, value: str, why: str) -> Iterator[str]:
    width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 1)).columns)
    text = terminal_line(": ".join(filter(None, (value, why.strip()))))
    wrapped = textwrap.wrap(text, max(40, width - _LABEL - 2), break_long_words=False) or [""]
    for number, line in enumerate(wrapped):
        yield f"  {'' if number else label:<{_LABEL}}{line}"


def _next_command(arguments: argparse.Namespace, target: str) -> str:
    words = ["pytest", "--pyargs", "embedgate.quality_checks"]
    options = {
        "--gate-vectors": arguments.vectors,
        "--gate-playlists": arguments.playlists,
        "--gate-run": arguments.run,
        "--gate-namespace": arguments.namespace,
        "--gate-config": None if target == CONFIG_NAME else target,
    }
    return shlex.join([*words, *(f"{option}={value}" for option, value in options.items() if value)])


def _say(what: str) -> None:
    """Show what is done next, on a terminal."""
    if sys.stderr.isatty():
        print(f"... {what}", file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
