"""Two models side by side: the measures of both, and the second judged with the first as its champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedgate.checks.units import show
from embedgate.report.result_groups import problems
from embedgate.report.text_table import aligned
from embedgate.report.wording import bound_text, champion_text, group_line, offending_tracks, outcome_text
from embedgate.sanitize import terminal_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from embedgate.judgement.result import CheckResult

_FAMILY = "champion"
_MEASURES = ("measure", "A", "B", "B - A", "A is", "B is")
_COMPARED = ("B compared with A", "value", "95 % interval", "expected", "B is")

_MAX_TRACKS = 3


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """The results of two models on the same playlists.

    Attributes:
        a: where the first model came from and its size, as a champion in verdict.json.
        b: the same of the second model.
        a_results: the checks of the first model, without those of the family `champion`.
        b_results: the checks of the second model, compared with the first.
        playlists: the run or file that the playlists came from.
        config: name of the config; None for the defaults.
    """

    a: Mapping[str, object]
    b: Mapping[str, object]
    a_results: Sequence[CheckResult]
    b_results: Sequence[CheckResult]
    playlists: str
    config: str | None

    @property
    def has_error(self) -> bool:
        """Whether a check could not be completed."""
        return any(result.outcome == "error" for result in (*self.a_results, *self.b_results))

    @property
    def _measures(self) -> list[tuple[CheckResult, CheckResult]]:
        """The results of each check that measures one model."""
        first = {result.id: result for result in self.a_results}
        return [(first[result.id], result) for result in self.b_results if result.id in first]

    @property
    def _compared(self) -> list[CheckResult]:
        """The results of the checks that compare both models."""
        return [result for result in self.b_results if result.family == _FAMILY]

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON values."""
        return {
            "schema": 1,
            "a": dict(self.a),
            "b": dict(self.b),
            "playlists": self.playlists,
            "config": self.config,
            "measures": [
                {"id": b.id, "unit": b.unit, "a": _brief(a), "b": _brief(b), "difference": _difference(a, b)}
                for a, b in self._measures
            ],
            "compared": [result.as_json() for result in self._compared],
        }

    def lines(self) -> Iterator[str]:
        """Yield the lines of the terminal."""
        yield terminal_line(f"A: {champion_text(self.a, '')}")
        yield terminal_line(f"B: {champion_text(self.b, '')}")
        yield terminal_line(f"playlists of {self.playlists}, config {self.config or 'none: defaults'}")
        yield ""
        yield from aligned([_MEASURES, *(_row(a, b) for a, b in self._measures)])
        yield ""
        yield from aligned([_COMPARED, *map(_compared_row, self._compared)])
        found = problems(self._compared)
        if found:
            yield ""
        for result in found:
            yield terminal_line(group_line([result]))
            if result.tracks:
                yield f"    {terminal_line(offending_tracks(result, _MAX_TRACKS))}"


def _row(a: CheckResult, b: CheckResult) -> tuple[str, ...]:
    difference = _difference(a, b)
    outcomes = outcome_text(a.outcome), outcome_text(b.outcome)
    return (b.id, show(a.value, a.unit), show(b.value, b.unit), _signed(difference, b.unit), *outcomes)


def _compared_row(result: CheckResult) -> tuple[str, ...]:
    interval = ""
    if result.interval is not None:
        interval = " to ".join(show(end, result.unit) for end in result.interval)
    return (result.id, show(result.value, result.unit), interval, bound_text(result), outcome_text(result.outcome))


def _brief(result: CheckResult) -> dict[str, Any]:
    plain = result.as_json()
    return {name: plain[name] for name in ("value", "ci", "outcome")}


def _difference(a: CheckResult, b: CheckResult) -> float | None:
    return None if a.value is None or b.value is None else b.value - a.value


def _signed(difference: float | None, unit: str) -> str:
    """Format a difference of two values: that of two shares in percentage points."""
    if difference is None:
        return show(None, unit)
    if unit == "share":
        return f"{100 * difference:+.1f} pp"
    return f"{'-' if difference < 0 else '+'}{show(abs(difference), unit).lstrip('+')}"
