"""Table of slices: retrieval, co-listening and coverage by popularity, genre and catalogue column, worst first."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

from embedgate.judgement.result import WORST_FIRST
from embedgate.measures.measurement import Measurement
from embedgate.report.figures.figure import Cell, Figure, note, table
from embedgate.slices import slice_slugs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.slices import Slice

_CHECKS = (
    "retrieval.slice",
    "neighbours.slice",
    "vocabulary.slice",
    "champion.slice",
    "champion.slice_agreement",
)
_MOST = 60
_HEAD = (
    "slice",
    "hit rate@10",
    "95% interval",
    "bound",
    "next tracks",
    "co-listening",
    "bound",
    "coverage",
    "bound",
    "tracks",
)


def slices(evidence: Evidence, results: Sequence[CheckResult]) -> Iterator[Figure]:
    """Show all slices, the worst first: by the outcome of their checks, then by their lead over chance."""
    by_id = {result.id: result for result in results}
    rows = {}
    for slug, each in slice_slugs(evidence.model.slices).items():
        found = {check: by_id[f"{check}[{slug}]"] for check in _CHECKS if f"{check}[{slug}]" in by_id}
        if any(result.value is not None for result in found.values()):
            rows[each] = found
    if not rows:
        return
    order = sorted(rows, key=lambda each: _badness(rows[each]))
    champion = _of_champion(evidence)
    head = [*_HEAD]
    if champion:
        head.insert(3, "in the champion")
    rest = len(order) - _MOST
    yield Figure(
        "Slices, the worst first",
        "Each row is a part of the catalogue: a third of all plays by popularity (the head has the most played "
        "tracks), a genre, or a value of a catalogue column. Hit rate@10 counts next tracks that are of the slice, "
        "co-listening is the AUC of pairs of one playlist, and coverage the share of plays whose track has a vector. "
        "✗ marks a value that fails or warns, ? one that is inconclusive.",
        html=table(
            head,
            [_row(each, rows[each], champion) for each in order[:_MOST]],
            numbers=range(1, len(head)),
            sortable=True,
        )
        + (note(f"{rest:,} more in verdict.json") if rest > 0 else ""),
    )


def _badness(found: Mapping[str, CheckResult]) -> tuple[int, float]:
    outcome = min(WORST_FIRST.index(result.outcome) for result in found.values())
    retrieval = found.get("retrieval.slice")
    if retrieval is None or retrieval.value is None or retrieval.bound is None:
        return outcome, inf
    return outcome, retrieval.value / max(retrieval.bound.limit, 1e-9)


def _of_champion(evidence: Evidence) -> dict[Slice, float]:
    """Return the hit rate of each slice in the champion."""
    observed = None if evidence.comparison is None else evidence.comparison.slice_hit_rates
    if observed is None or isinstance(observed, Measurement):
        return {}
    return {each: old.mean for each, old in observed[1].items() if len(old.scores)}


def _row(slice_: Slice, found: Mapping[str, CheckResult], champion: Mapping[Slice, float]) -> list[str | Cell]:
    retrieval, together, coverage = (found.get(check) for check in _CHECKS[:3])
    against = [found[check] for check in _CHECKS[3:] if check in found]
    interval = None if retrieval is None or retrieval.value is None else retrieval.interval
    ends = (
        "–" if interval is None else "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}".join(f"{end:.1%}" for end in interval)
    )
    cells = [
        Cell(slice_.name, "bad" if any(map(_is_bad, found.values())) else ""),
        _value(retrieval, "{:.1%}"),
        Cell(ends, "n", None if interval is None else interval[0]),
        _number(_limit(retrieval), "{:.1%}"),
        _number(None if retrieval is None else retrieval.n, "{:,}"),
        _value(together, "{:.3f}"),
        _number(_limit(together), "{:.3f}"),
        _value(coverage, "{:.1%}"),
        _number(_limit(coverage), "{:.1%}"),
        _number(None if coverage is None else coverage.n, "{:,}"),
    ]
    if champion:
        worse = any(map(_is_bad, against))
        before = champion.get(slice_)
        shown = _number(before, "{:.1%}")
        cells.insert(3, Cell(f"{shown.text} ✗", "bad", before) if worse else shown)
    return [*cells]


def _value(result: CheckResult | None, form: str) -> Cell:
    if result is None or result.value is None:
        return Cell("–", "n")
    if _is_bad(result):
        return Cell(f"{form.format(result.value)} ✗", "bad", result.value)
    unsure = " ?" if result.outcome == "inconclusive" else ""
    return Cell(f"{form.format(result.value)}{unsure}", "n", result.value)


def _number(number: float | None, form: str) -> Cell:
    return Cell("–", "n") if number is None else Cell(form.format(number), "n", float(number))


def _limit(result: CheckResult | None) -> float | None:
    bound = None if result is None else result.bound
    return bound.limit if bound is not None and isfinite(bound.limit) else None


def _is_bad(result: CheckResult) -> bool:
    return result.outcome in ("failed", "warned", "error")
