"""The table of recorded answers: which share of each kind of candidates each detector stops."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.power.table import by_kind
from benchmarks.power.targets import TARGETS
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, Any]


def table(lines: Sequence[Line]) -> str:
    """Return the versions, the table and the errors as Markdown."""
    lines = sorted(lines, key=lambda line: line.get("world", -1))
    answers = [line for line in lines if "detector" in line]
    detectors = detectors_of(answers)
    parts = [
        *(_installed(line) for line in lines if "peer" in line),
        f"\n{_worlds(lines)}\n",
        f"| stopped (95 % interval) | candidates | {' | '.join(detectors)} |",
        f"| --- | --- |{' --- |' * len(detectors)}",
        *(_row(name, of_name, detectors) for name, of_name in _groups(answers)),
        "",
        *(_notes(name, [line for line in answers if line["detector"] == name]) for name in detectors),
    ]
    return "\n".join(parts)


def detectors_of(answers: Sequence[Line]) -> list[str]:
    """Return the names of the detectors in the order of their first answers: embedgate, then its peers."""
    return list(dict.fromkeys(line["detector"] for line in answers))


def harmless(answers: Sequence[Line]) -> list[Line]:
    """Return the answers about harmless candidates."""
    return [line for line in answers if not line["harmful"]]


def faulty(answers: Sequence[Line]) -> list[Line]:
    """Return the answers about candidates with a fault that is not invisible."""
    return [line for line in answers if line["harmful"] and line["visible"] is not False]


def alarms(answers: Sequence[Line], detector: str) -> tuple[int, int]:
    """Return the number of alarms and of answers of a detector; no answer within the time limit is left out."""
    given = [line["alarm"] for line in answers if line["detector"] == detector and line["alarm"] is not None]
    return sum(given), len(given)


def _groups(answers: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    return [
        ("**harmless candidates**", harmless(answers)),
        *by_kind(harmless(answers)),
        ("**faults**", faulty(answers)),
        *((f"*{target.text.rpartition(': ')[0]}*", target.of(answers)) for target in TARGETS),
        *by_kind(faulty(answers)),
    ]


def _row(name: str, answers: Sequence[Line], detectors: Sequence[str]) -> str:
    candidates = sum(line["detector"] == detectors[0] for line in answers) if detectors else 0
    return f"| {name} | {candidates} | {' | '.join(_share(*alarms(answers, each)) for each in detectors)} |"


def _share(stopped: int, candidates: int) -> str:
    if not candidates:
        return "–"
    low, high = binomial_interval(stopped, candidates)
    return f"{stopped / candidates:.0%} ({low:.0%} to {high:.0%})"


def _worlds(lines: Sequence[Line]) -> str:
    seeds = {line["world"] for line in lines if "world" in line}
    unsound = sorted(line["world"] for line in lines if "unsound" in line)
    return (
        f"{len(seeds)} worlds, seeds {min(seeds)} to {max(seeds)}; left out, because the champion has learned "
        f"nothing from the playlists: {', '.join(map(str, unsound)) or 'none'}."
    )


def _installed(line: Line) -> str:
    if "missing" in line:
        return f"- {line['peer']}: not installed: {line['missing']}"
    return f"- {', '.join(f'{name} {version}' for name, version in line['versions'].items())}"


def _notes(detector: str, answers: Sequence[Line]) -> str:
    errors = sum(line["error"] is not None and line["alarm"] is not None for line in answers)
    late = sum(line["alarm"] is None for line in answers)
    seconds = [line["seconds"] for line in answers]
    return (
        f"- {detector}: median {median(seconds):.1f} s, at most {max(seconds):.1f} s per candidate; "
        f"errors, counted as alarms: {errors}; no answer in time, left out: {late}"
    )
