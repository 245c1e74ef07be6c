"""What a check calls: hold a measurement against its bound, and pass, warn or fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from embedgate.judgement.bounds import Bound, at_least, at_most
from embedgate.judgement.checks import Check, cases, check_of
from embedgate.judgement.outcomes import Result, judge
from embedgate.report.story import plain
from embedgate.slugs import slug

if TYPE_CHECKING:
    from embedgate.config import Settings
    from embedgate.gate.session import GateSession
    from embedgate.measures.measurement import Measurement

MARKER = "gate_check"
CARRIED = "embedgate_result"
"""What a test report carries of a check: its result as plain values."""
RESULT = pytest.StashKey[Result]()
ARGUMENT_OF = {"genre": "genre", "pair": "pair", "known": "known_track"}
"""The argument that a check takes, by what it is repeated over."""


class GateJudge:
    """Judges the measurement of one check. The fixture `gate_judge` gives one to each test."""

    def __init__(self, gate: GateSession, item: pytest.Item) -> None:
        self._gate = gate
        self._item = item
        self.check_id, self.check = check_of_item(item, gate.options.config.settings)

    def __call__(
        self, measurement: Measurement, *, at_least: float | None = None, at_most: float | None = None
    ) -> Result:
        """Judge, keep the result, and fail the test where the bound is broken and the severity is `fail`.

        Args:
            measurement: what was measured.
            at_least: a bound of the check's own; an entry in `[checks]` overrides it.
            at_most: likewise.

        Returns:
            The result, where the test goes on: passed, warned, no_baseline, or inconclusive at `warn`.
        """
        __tracebackhide__ = True
        if RESULT in self._item.stash:
            pytest.fail(f"{self.check_id} was judged twice: one test is one check", pytrace=False)
        settings = self._gate.options.config.settings
        result = judge(
            self.check_id,
            self.check,
            measurement,
            settings.of_check(self.check_id),
            held_out=settings.model.playlists_role == "held_out",
            own_bound=_own_bound(at_least, at_most),
            calibrated=settings.bands.limit_of(self.check_id),
        )
        self._item.stash[RESULT] = result
        if result.stops:
            pytest.fail(_failure_text(result), pytrace=False)
        return result


def check_of_item(item: pytest.Item, settings: Settings) -> tuple[str, Check]:
    """Id (slug included) and description of the check that a test is.

    Raises:
        pytest.UsageError: if it is marked with an id that there is not.
    """
    marker = item.get_closest_marker(MARKER)
    if marker is None or len(marker.args) != 1:
        raise pytest.UsageError(f'{item.nodeid} needs one @pytest.mark.{MARKER}("<family>.<name>")')
    plain = str(marker.args[0])
    try:
        check = check_of(plain)
    except KeyError:
        raise pytest.UsageError(
            f"{item.nodeid} is marked as {plain!r}, which embedgate does not know: call your own custom.<name>"
        ) from None
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return plain, check
    if check.per == "model":
        return f"{plain}[{slug(callspec.id)}]", check
    subject = callspec.params.get(ARGUMENT_OF[check.per])
    slugs = [each for each, one in cases(check.per, settings) if one == subject]
    return (f"{plain}[{slugs[0]}]" if slugs and slugs[0] else plain), check


def parametrize(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Repeat a check over the genres, pairs or known tracks of the config.

    Where there are none, one case stands for them all: an empty list would be a silent skip.
    """
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None or not marker.args:
        return
    try:
        check = check_of(str(marker.args[0]))
    except KeyError:
        return  # reported by check_of_item, with the test's name
    if check.per == "model":
        return
    argument = ARGUMENT_OF[check.per]
    if argument in metafunc.fixturenames:
        subjects = cases(check.per, settings)
        metafunc.parametrize(
            argument, [subject for _, subject in subjects], ids=[name or "none" for name, _ in subjects]
        )


def off(check_id: str, check: Check) -> Result:
    """The result of a check that the user switched off."""
    how = "nothing to compare with was asked for" if check.family == "champion" else "switched off in [checks]"
    return Result(id=check_id, outcome="off", severity="off", unit=check.unit, message=how)


def broken(check_id: str, check: Check, message: str) -> Result:
    """The result of a check that could not be run to its end."""
    return Result(id=check_id, outcome="error", severity=check.severity, unit=check.unit, message=message)


def properties(result: Result) -> list[tuple[str, object]]:
    """The facts of a result as JUnit properties."""
    found: list[tuple[str, object]] = [
        ("gate.id", result.id),
        ("gate.outcome", result.outcome),
        ("gate.severity", result.severity),
    ]
    if result.value is not None:
        found.append(("gate.value", result.value))
    if result.interval:
        found += [("gate.ci_low", result.interval[0]), ("gate.ci_high", result.interval[1])]
    if result.bound:
        found += [(f"gate.{result.bound.kind}", result.bound.limit), ("gate.bound_from", result.bound.source)]
    found.append(("gate.n", result.n))
    if result.message:
        found.append(("gate.message", result.message))
    return found


def set_properties(item: pytest.Item, result: Result) -> None:
    """Let JUnit have the facts of a result; of two results of one test, the worse, as the verdict has it."""
    before = dict(item.user_properties)
    if before.get("gate.outcome") == "error":
        return
    others = [(name, value) for name, value in item.user_properties if not name.startswith("gate.")]
    item.user_properties[:] = [*others, *properties(result)]


def _own_bound(least: float | None, most: float | None) -> Bound | None:
    if least is not None and most is not None:
        raise ValueError("a check takes at_least or at_most, not both")
    if least is not None:
        return at_least(least, "user")
    return at_most(most, "user") if most is not None else None


def _failure_text(result: Result) -> str:
    lines = [f"{result.id} {result.outcome}: {result.message}"]
    if result.tracks:
        shown = result.tracks[:5]
        more = len(result.tracks) - len(shown)
        lines.append("tracks, worst first:")
        lines += [f"  {track!r}" for track in shown]
        if more:
            lines.append(f"  and {more:,} more, in the verdict")
    return plain("\n".join(lines))


def reason(traceback: str) -> str:
    """What pytest marks as the reason in a traceback, else its last line; the report has it whole."""
    lines = traceback.strip().splitlines() or ["no reason was given"]
    marked = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    return "\n".join(marked or lines[-1:])


def crash_message(report: pytest.TestReport) -> str:
    """The last line of what went wrong, for the verdict; the report has it whole."""
    text = report.longreprtext.strip() or "the check ended without a word"
    crash = getattr(report.longrepr, "reprcrash", None)
    return cast("str", crash.message).strip() if crash is not None else text.splitlines()[-1]
