"""Families of checks as rows that fold open: one line a family, inside it one line a check. No script is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.judgement.checks import check_of
from embedgate.judgement.outcomes import show
from embedgate.report.families import by_family
from embedgate.report.markup import safe, scrolling
from embedgate.report.story import bound_of, counts, interval_of, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.outcomes import Result
    from embedgate.report.families import Family

MARK = {
    "passed": "✓",
    "warned": "!",
    "failed": "✗",
    "inconclusive": "?",
    "no_baseline": "–",
    "off": "○",
    "error": "✗",
    "not_run": "○",
}
_IS_NUMBER = ' class="eg-n"'
_FEW = 12
"""Checks of a family that are shown at once; of more, those that are as they should be are folded away again."""


def families_table(results: Sequence[Result], trends: Mapping[str, str]) -> str:
    """Every family as a row, those with something wrong first and open.

    Args:
        results: one a check, in the order of the checks.
        trends: how a check went over the last gate runs, as a safe fragment; empty where there were too few.
    """
    rows = "".join(_family(family, trends) for family in by_family(results))
    return f'<div class="eg-families">{rows}</div>'


def _family(family: Family, trends: Mapping[str, str]) -> str:
    name, results, wrong, outcome = family.name, family.results, family.wrong, family.outcome
    if wrong and len(results) > _FEW:
        sound = results[len(wrong) :]
        inside = (
            f"{_table(f'what is wrong in {name}', wrong, trends)}"
            f'<details class="eg-rest"><summary>the other {len(sound):,}: {safe(counts(sound))}</summary>'
            f"{_table(f'the other checks of {name}', sound, trends)}</details>"
        )
    else:
        inside = _table(f"checks of {name}", results, trends)
    return (
        f'<details class="eg-family eg-{outcome}"{" open" if wrong else ""}>'
        f'<summary><span class="eg-word">{MARK[outcome]} {safe(spoken(outcome))}</span>'
        f'<b>{safe(name)}</b><span class="eg-counts">{_counted(results)}</span>'
        f'<span class="eg-telling">{_value_of(family.telling)}</span></summary>{inside}</details>'
    )


def _counted(results: Sequence[Result]) -> str:
    outcomes = {result.outcome for result in results}
    checks = f"{len(results):,} check{'' if len(results) == 1 else 's'}"
    return checks if len(outcomes) == 1 else f"{checks}: {safe(counts(results))}"


def _value_of(result: Result) -> str:
    bound = bound_of(result)
    held = f" {safe(bound)}" if result.bound is not None else ""
    return f"<code>{safe(result.id)}</code> <b>{safe(show(result.value, result.unit))}</b>{held}"


def _table(label: str, results: Sequence[Result], trends: Mapping[str, str]) -> str:
    """One line a check; how it went over the last gate runs, where there were enough."""
    columns = ["outcome", "check", "value", "95 % interval", "bound", *(["trend"] if trends else []), "n", "question"]
    numbers = ("value", "95 % interval", "bound", "n")
    head = "".join(f'<th scope="col"{_IS_NUMBER if name in numbers else ""}>{name}</th>' for name in columns)
    rows = "".join(_row(result, trends) for result in results)
    table = f'<table class="eg-checks"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return scrolling(table, label)


def _row(result: Result, trends: Mapping[str, str]) -> str:
    trend = f"<td>{trends.get(result.id, '')}</td>" if trends else ""
    return (
        f'<tr class="eg-{result.outcome}"><td>{MARK[result.outcome]} {safe(spoken(result.outcome))}</td>'
        f"<td><code>{safe(result.id)}</code></td>"
        f'<td class="eg-n">{safe(show(result.value, result.unit))}</td>'
        f'<td class="eg-n">{safe(interval_of(result))}</td><td class="eg-n">{safe(bound_of(result))}</td>'
        f'{trend}<td class="eg-n">{result.n:,}</td><td>{safe(check_of(result.id).asks)}</td></tr>'
    )
