"""Families as rows that fold open: one line a family, inside it its checks and figures. No script is needed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_of
from embedgate.checks.units import show
from embedgate.report.families import by_family
from embedgate.report.markup import safe, scrolling
from embedgate.report.story import bound_of, counts, interval_of, not_applicable, one_line, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.report.families import Family

MARK = {
    "passed": "✓",
    "warned": "!",
    "failed": "✗",
    "inconclusive": "?",
    "not_applicable": "·",
    "no_baseline": "–",
    "off": "○",
    "error": "✗",
    "not_run": "○",
}
_IS_NUMBER = ' class="eg-n"'
_FEW = 12
"""Checks of a family that are shown at once; of more, those that are as they should be are folded away again."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_VALUES: Mapping[str, float] = MappingProxyType({})


def families_table(
    results: Sequence[CheckResult],
    *,
    figures: Mapping[str, str] = _NOTHING,
    trends: Mapping[str, str] = _NOTHING,
    champion: Mapping[str, float] = _NO_VALUES,
) -> str:
    """Every family as a row, those with something wrong first and open; inside it its checks and figures.

    Args:
        results: one a check, in the order of the checks.
        figures: those of each family, as a safe fragment.
        trends: how a check went over the last gate runs, as a safe fragment; empty where there were too few.
        champion: what was measured of the champion in its own gate run, by check id.
    """
    rows = _Rows(figures, trends, champion)
    return f'<div class="eg-families">{"".join(map(rows.family, by_family(results)))}</div>'


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of families and checks, and what stands beside a check's result; see `families_table`."""

    figures: Mapping[str, str]
    trends: Mapping[str, str]
    champion: Mapping[str, float]

    def family(self, family: Family) -> str:
        name, results, outcome = family.name, family.results, family.outcome
        return (
            f'<details class="eg-family eg-{outcome}"{" open" if family.wrong else ""}>'
            f'<summary><span class="eg-word">{MARK[outcome]} {safe(spoken(outcome))}</span>'
            f'<b>{safe(name)}</b><span class="eg-counts">{_counted(results)}</span>'
            f'<span class="eg-telling">{self._telling(family.telling)}</span>'
            f'<span class="eg-went">{self.trends.get(family.telling.id, "")}</span></summary>'
            f"{self._checks(family)}{_causes(results)}{self._figures(family)}</details>"
        )

    def _checks(self, family: Family) -> str:
        name, results, wrong = family.name, family.results, family.wrong
        if len(results) <= _FEW:
            return self._table(f"checks of {name}", results)
        sound = results[len(wrong) :]
        shown = self._table(f"what is wrong in {name}", wrong) if wrong else ""
        how_many = f"the other {len(sound):,}" if wrong else f"all {len(sound):,} checks"
        return (
            f'{shown}<details class="eg-rest"><summary>{how_many}: {safe(counts(sound))}</summary>'
            f"{self._table(f'the other checks of {name}' if wrong else f'checks of {name}', sound)}</details>"
        )

    def _figures(self, family: Family) -> str:
        """The pictures: at once for who opens a family, folded where it stands open and they would hide the rest."""
        drawn = self.figures.get(family.name, "")
        if not drawn:
            return ""
        if not family.wrong:
            return f'<div class="eg-figures">{drawn}</div>'
        return (
            f'<details class="eg-rest"><summary>figures of {safe(family.name)}</summary>'
            f'<div class="eg-figures">{drawn}</div></details>'
        )

    def _telling(self, result: CheckResult) -> str:
        """Value, interval, bound and the champion's value of a check; where there is no value, why."""
        if result.value is None:
            return f"<code>{safe(result.id)}</code> {safe(one_line(result.message))}"
        interval = interval_of(result)
        within = f" ({safe(interval)})" if interval else ""
        held = f" {safe(bound_of(result))}" if result.bound is not None else ""
        beside = self._of_champion(result)
        before = f", champion {safe(beside)}" if beside else ""
        return f"<code>{safe(result.id)}</code> <b>{safe(show(result.value, result.unit))}</b>{within}{held}{before}"

    def _of_champion(self, result: CheckResult) -> str:
        """The champion's value; a comparison has none of its own."""
        value = None if result.family == "champion" else self.champion.get(result.id)
        return "" if value is None else show(value, result.unit)

    def _table(self, label: str, results: Sequence[CheckResult]) -> str:
        """One line a check, with the champion's value and how it went where either is known of any of them."""
        beside = any(map(self._of_champion, results))
        columns = [
            "outcome",
            "check",
            "value",
            "95 % interval",
            "bound",
            *(["champion"] if beside else []),
            *(["trend"] if self.trends else []),
            "n",
            "question",
        ]
        numbers = ("value", "95 % interval", "bound", "champion", "n")
        head = "".join(f'<th scope="col"{_IS_NUMBER if name in numbers else ""}>{name}</th>' for name in columns)
        rows = "".join(self._row(result, beside=beside) for result in results)
        table = f'<table class="eg-checks"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        return scrolling(table, label)

    def _row(self, result: CheckResult, *, beside: bool) -> str:
        champion = f'<td class="eg-n" data-of="champion">{safe(self._of_champion(result))}</td>' if beside else ""
        trend = f"<td>{self.trends.get(result.id, '')}</td>" if self.trends else ""
        return (
            f'<tr class="eg-{result.outcome}"><td>{MARK[result.outcome]} {safe(spoken(result.outcome))}</td>'
            f"<td><code>{safe(result.id)}</code></td>"
            f'<td class="eg-n">{safe(show(result.value, result.unit))}</td>'
            f'<td class="eg-n">{safe(interval_of(result))}</td><td class="eg-n">{safe(bound_of(result))}</td>'
            f'{champion}{trend}<td class="eg-n" data-of="n">{result.n:,}</td>'
            f"<td>{safe(check_of(result.id).question)}</td></tr>"
        )


def _causes(results: Sequence[CheckResult]) -> str:
    """Why checks are not applicable, a line a cause."""
    return "".join(
        f'<p class="eg-cause">not applicable: {", ".join(f"<code>{safe(each)}</code>" for each in those.ids)}'
        f"{those.more}: {safe(one_line(those.first.message))}</p>"
        for those in not_applicable(results)
    )


def _counted(results: Sequence[CheckResult]) -> str:
    outcomes = {result.outcome for result in results}
    checks = f"{len(results):,} check{'' if len(results) == 1 else 's'}"
    return checks if len(outcomes) == 1 else f"{checks}: {safe(counts(results))}"
