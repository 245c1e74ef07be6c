"""The hooks that follow the checks of a gate run: load the model, evaluate, keep each result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.config import Settings, covers
from embedgate.errors import UnavailableError, UsageError
from embedgate.gate import judging
from embedgate.gate.collector import made_to_last, nothing_left_to_collect
from embedgate.gate.recognise import MARKER
from embedgate.gate.stash import GATE
from embedgate.judgement.checks import expected_ids
from embedgate.judgement.outcomes import Result
from embedgate.progress import watch
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from embedgate.gate.session import GateSession

_WAIT = ("separation", "map")


def generate(metafunc: pytest.Metafunc) -> None:
    """Repeat a check over what the config lists."""
    gate = metafunc.config.stash.get(GATE, None)
    judging.parametrize(metafunc, gate.options.config.settings if gate else Settings())


class GateHooks:
    """Hooks that only a gate run has, in each of its processes."""

    def __init__(self, gate: GateSession, *, worker: bool) -> None:
        self.gate = gate
        self.worker = worker
        self._failed_tests: list[str] = []

    @property
    def _settings(self) -> Settings:
        return self.gate.options.config.settings

    # -- before the checks --

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Load the model, once, before the header is printed; for workers, evaluate the shipped checks too."""
        if self.worker:
            return
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        watch(terminal=reporter is not None and reporter.isatty)
        try:
            self.gate.start_map_process()
            with made_to_last():
                self.gate.load()
            if session.config.pluginmanager.hasplugin("dsession"):
                self.gate.given = self.gate.evaluate()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except UnavailableError as error:
            self.gate.fail(error.kind, str(error))
        except KeyboardInterrupt:
            self.gate.fail("Interrupted", "the run was interrupted while the model was loaded")
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes a failed verdict that names it
            self.gate.fail(type(error).__name__, f"the model could not be loaded: {error}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note which checks were collected; an unknown id, or a custom id used twice, is an error.

        Checks that wait for the map come last: it is laid out in the background meanwhile.
        """
        owner: dict[str, str] = {}
        for item in items:
            if item.get_closest_marker(MARKER) is not None:
                check_id, check = judging.check_of_item(item, self._settings)
                first = owner.setdefault(check_id, item.nodeid)
                if check.family == "custom" and first != item.nodeid:
                    raise pytest.UsageError(
                        f"{first} and {item.nodeid} are both {check_id}, and one would hide the other: give each a "
                        "name of its own in its mark, or its parameters ids that differ in letters or digits early on"
                    )
                self.gate.collected.add(check_id)
        items.sort(key=self._waits_for_map)

    def _waits_for_map(self, item: pytest.Item) -> int:
        if item.get_closest_marker(MARKER) is None:
            return 0
        family = judging.check_of_item(item, self._settings)[1].family
        return 1 + _WAIT.index(family) if family in _WAIT else 0

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note which checks the user's selection took out."""
        for item in items:
            if item.get_closest_marker(MARKER) is not None:
                self.gate.deselected.add(judging.check_of_item(item, self._settings)[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run nothing if the model is unavailable: every check would say the same."""
        if self.worker:
            return None
        if self.gate.error is not None:
            raise session.Failed(f"{self.gate.error['kind']}: no check was run")
        if self.gate.given is None:
            self.gate.begin_map(each for each in self.gate.collected if not self.gate.is_off(each))
        return None

    # -- each check --

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Leave out a check that the user switched off."""
        if pyfuncitem.get_closest_marker(MARKER) is None:
            return None
        check_id, check = judging.check_of_item(pyfuncitem, self._settings)
        if not self.gate.is_off(check_id):
            return None
        pyfuncitem.stash[judging.RESULT] = judging.off(check_id, check, self._settings)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn a finished check into a result that the report carries."""
        report = yield
        result = item.stash.get(judging.RESULT, None)
        # a check that skips itself did not run; one that was judged before, or is marked xfail, was
        if item.get_closest_marker(MARKER) is None or (report.skipped and result is None):
            return report
        check_id, check = judging.check_of_item(item, self._settings)
        if report.when == "call":
            if result is not None and result.stops and hasattr(report, "wasxfail"):
                report.outcome = "failed"  # a mark that pytest forgives, the gate does not
                del report.wasxfail
            if report.failed and not (result is not None and result.stops):
                result = judging.broken(check_id, check, judging.crash_message(report))
            elif result is None:
                message = "the check ended without a result: call gate_judge() with a measurement"
                report.outcome, report.longrepr = "failed", f"{check_id} error: {message}"
                result = judging.broken(check_id, check, message)
            result = result if result.seconds else result.lasting(call.duration)
        elif report.failed:
            result = judging.broken(check_id, check, f"{report.when} failed: {judging.crash_message(report)}")
        else:
            return report
        result = Result.from_dict(replace_surrogates(result.as_dict()))  # the same whether a worker sends it or not
        setattr(report, judging.CARRIED, result.as_dict())
        judging.set_properties(item, result)
        report.user_properties = list(item.user_properties)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries; under xdist it comes from a worker."""
        carried: Mapping[str, Any] | None = getattr(report, judging.CARRIED, None)
        if carried is not None:
            self.gate.take(Result.from_dict(carried))
        elif report.failed:
            self._failed_tests.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Fail the gate if a module of checks cannot be collected."""
        if report.failed:
            why = judging.reason(report.longreprtext)
            self.gate.fail("CollectionError", f"{report.nodeid} cannot be collected: {why}")

    def pytest_internalerror(self, excrepr: object) -> None:
        """Fail the gate if pytest or a plugin has an error."""
        self.gate.fail("InternalError", str(excrepr).strip().splitlines()[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Record an interrupted run as failed."""
        self.gate.fail("Interrupted", "the run was interrupted before its end")

    # -- after the checks --

    def failed_beside(self, exitstatus: int) -> bool:
        """Whether something other than a check failed; if only that did, it is noted as the gate's error."""
        stopped = any(result.stops for result in self.gate.results.values())
        unexplained = exitstatus == pytest.ExitCode.TESTS_FAILED and not stopped
        if unexplained:
            failed = ", ".join(dict.fromkeys(self._failed_tests)) or "something that is no test"
            self.gate.fail("TestsFailed", f"no check failed, but this pytest run did: {failed}")
        return unexplained or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)

    def write_lists(self) -> None:
        """Write the lists beside the verdict, of what was measured.

        Raises:
            OSError: if one cannot be written.
        """
        gate = self.gate
        verdict, results = gate.options.verdict, gate.results
        if gate.verdict is not None:
            gate.verdict.write_tracks(verdict)
        if gate.loaded is None:
            return
        from embedgate.report.duplicates_csv import write_duplicates  # noqa: PLC0415
        from embedgate.report.neighbours_csv import write_neighbours  # noqa: PLC0415

        if "duplicates.rate" in results:
            write_duplicates(gate.evidence, verdict)
        known = (each for each in results.values() if each.id.startswith("neighbours.known"))
        if gate.evidence.known and any(each.outcome != "off" for each in known):
            write_neighbours(gate.evidence, verdict)

    def unknown_custom_id(self) -> str | None:
        """Describe an entry `custom.*` of `[checks]` that no test has; only a whole run can tell."""
        seen = self.gate.collected | self.gate.deselected
        if not seen.issuperset(expected_ids(self._settings)):
            return None
        entries = (entry for entry in self._settings.checks if (entry + ".").startswith("custom."))
        unknown = next((entry for entry in entries if not any(covers(entry, each) for each in seen)), None)
        if unknown is None:
            return None
        own = ", ".join(sorted(each for each in seen if each.startswith("custom."))) or "none at all"
        return f"{self.gate.options.config.shown}: unknown check {unknown!r} in [checks]; the custom checks are {own}"

    def pytest_unconfigure(self) -> None:
        """Leave no process behind."""
        self.gate.stop_map_process()
        nothing_left_to_collect()
