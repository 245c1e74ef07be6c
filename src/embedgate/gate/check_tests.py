"""Tests that are checks: the objects that the fixtures return, the check of a test, and its JUnit properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from embedgate.checks.bounds import Bound, at_least, at_most
from embedgate.checks.registry import cases, check_of
from embedgate.gate.invocation import MARKER
from embedgate.judgement.judge import judge
from embedgate.judgement.result import CheckResult
from embedgate.report.wording import quoted_track
from embedgate.sanitize import terminal_line, terminal_lines
from embedgate.slugs import slug

if TYPE_CHECKING:
    from embedgate.checks.check import Check
    from embedgate.config.settings import Settings
    from embedgate.gate.session import GateSession
    from embedgate.material.metadata import TrackMetadata
    from embedgate.measures.measurement import Measurement

RESULT_ATTRIBUTE = "embedgate_result"
"""Attribute of a test report: the result of its check as JSON values."""
RESULT = pytest.StashKey[CheckResult]()
_PARAMETRIZED = "gate_check"
"""The fixture that is parametrized over genres, pairs or known tracks."""
_SHOWN_TRACKS = 5


class GateCheck:
    """Returns the result of the check that a test is marked with; see the fixture `gate_check`."""

    def __init__(self, gate: GateSession, item: pytest.Item) -> None:
        self._gate = gate
        self._item = item
        self._id, _ = check_of_item(item, gate.settings)

    def __call__(self) -> CheckResult:
        """Return the result of the check, and fail the test if the result fails the gate."""
        __tracebackhide__ = True
        result = self._gate.result_of(self._id)
        self._item.stash[RESULT] = result
        if result.outcome == "error" and self._gate.controller_results is None:
            raise self._gate.engine.errors[self._id]
        return _assert_gate_passes(result, self._gate)


class GateJudge:
    """Judges the measurement of a custom check; see the fixture `gate_judge`."""

    def __init__(self, gate: GateSession, item: pytest.Item) -> None:
        self._gate = gate
        self._item = item
        self._id, self._check = check_of_item(item, gate.settings)

    def __call__(
        self, measurement: Measurement, *, at_least: float | None = None, at_most: float | None = None
    ) -> CheckResult:
        """Judge a measurement, and fail the test if the result fails the gate.

        Args:
            measurement: what was measured.
            at_least: the check's own lower bound; an entry in `[checks]` overrides it.
            at_most: the check's own upper bound, likewise.

        Returns:
            The result, if it does not fail the gate.

        Raises:
            ValueError: if both bounds are given.
        """
        __tracebackhide__ = True
        if RESULT in self._item.stash:
            pytest.fail(f"{self._id}: gate_judge() may be called only once per test", pytrace=False)
        bound = _own_bound(at_least, at_most)
        result = judge(self._id, self._check, measurement, self._gate.settings, subject_bound=bound)
        self._item.stash[RESULT] = result
        return _assert_gate_passes(result, self._gate)


def _assert_gate_passes(result: CheckResult, gate: GateSession) -> CheckResult:
    __tracebackhide__ = True
    if result.fails_gate:
        pytest.fail(_failure_text(result, gate.catalogue), pytrace=False)
    return result


def check_of_item(item: pytest.Item, settings: Settings) -> tuple[str, Check]:
    """Return the id, with its slug, and the declaration of the check that a test is marked with.

    Raises:
        pytest.UsageError: if the test is marked with an unknown id.
    """
    marker = item.get_closest_marker(MARKER)
    if marker is None or len(marker.args) != 1:
        raise pytest.UsageError(f'{item.nodeid} needs one @pytest.mark.{MARKER}("<family>.<name>")')
    plain_id = str(marker.args[0])
    try:
        check = check_of(plain_id)
    except KeyError:
        raise pytest.UsageError(
            f"{item.nodeid} is marked as {plain_id!r}, which is not a check of embedgate: use custom.<name> "
            "for your own checks"
        ) from None
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return plain_id, check
    if check.per == "model":
        return f"{plain_id}[{slug(callspec.id)}]", check
    subject = callspec.params.get(_PARAMETRIZED)
    slugs = [each for each, one in cases(check.per, settings) if one == subject]
    return (f"{plain_id}[{slugs[0]}]" if slugs and slugs[0] else plain_id), check


def parametrize(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Repeat a check over the genres, pairs or known tracks of the config.

    If there are none, the check runs once with None: pytest would silently skip it for an empty list.
    """
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None or not marker.args or _PARAMETRIZED not in metafunc.fixturenames:
        return
    try:
        check = check_of(str(marker.args[0]))
    except KeyError:
        return  # reported by check_of_item
    if check.per == "model":
        return
    subjects = cases(check.per, settings)
    metafunc.parametrize(
        _PARAMETRIZED,
        [subject for _, subject in subjects],
        ids=[name or "none" for name, _ in subjects],
        indirect=True,
    )


def properties(result: CheckResult) -> list[tuple[str, object]]:
    """Return a result as JUnit properties."""
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


def set_properties(item: pytest.Item, result: CheckResult) -> None:
    """Set the JUnit properties of a test; those of an error in its call are kept at teardown."""
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


def _failure_text(result: CheckResult, catalogue: TrackMetadata | None) -> str:
    lines = [f"{result.id} {result.outcome}: {result.message}"]
    if result.tracks:
        shown = result.tracks[:_SHOWN_TRACKS]
        more = len(result.tracks) - len(shown)
        lines.append("Offending tracks, worst first:")
        lines += [terminal_line(f"  {quoted_track(track, catalogue)}") for track in shown]
        if more:
            lines.append(f"  and {more:,} more, in the verdict")
    return terminal_lines("\n".join(lines))


def reason(traceback: str) -> str:
    """Return the lines that pytest marks as the reason in a traceback, else its last line."""
    lines = traceback.strip().splitlines() or ["no reason was given"]
    marked = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    return "\n".join(marked or lines[-1:])


def crash_message(report: pytest.TestReport) -> str:
    """Return the last line of a failure, for the verdict; the report has all of it."""
    text = report.longreprtext.strip() or "the check produced no output"
    crash = getattr(report.longrepr, "reprcrash", None)
    return cast("str", crash.message).strip() if crash is not None else text.splitlines()[-1]
