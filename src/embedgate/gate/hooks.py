"""The hooks of a gate run around its checks: load the model, collect checks, collect results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from embedgate.checks.registry import check_ids
from embedgate.config.settings import covers
from embedgate.engine import off, unfinished
from embedgate.errors import UnavailableError, UsageError
from embedgate.gate import check_tests
from embedgate.gate.invocation import MARKER
from embedgate.judgement.result import CheckResult
from embedgate.progress import watch
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from embedgate.gate.session import GateSession


class GateHooks:
    """The hooks of a gate run, in each of its processes."""

    def __init__(self, gate: GateSession, *, worker: bool) -> None:
        self.gate = gate
        self.worker = worker
        self._failed_tests: list[str] = []

    # -- before the checks --

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Load the model before the header is printed; for workers of pytest-xdist, evaluate the checks too."""
        if self.worker:
            return
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        watch(terminal=reporter is not None and reporter.isatty)
        try:
            self.gate.start_map_process()
            self.gate.load()
            if session.config.pluginmanager.hasplugin("dsession"):
                self.gate.controller_results = self.gate.evaluate()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except UnavailableError as error:
            self.gate.fail(error.kind, str(error))
        except KeyboardInterrupt:
            self.gate.fail("Interrupted", "the run was interrupted while the model was loaded")
        except Exception as error:  # noqa: BLE001 - any error becomes a failed verdict that names it
            self.gate.fail(type(error).__name__, f"the model could not be loaded: {error}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Record which checks were collected, and move checks that need the map to the end.

        Raises:
            pytest.UsageError: if a test is marked with an unknown id, or two tests have one custom id.
        """
        owner: dict[str, str] = {}
        for item in items:
            if item.get_closest_marker(MARKER) is not None:
                check_id, check = check_tests.check_of_item(item, self.gate.settings)
                first = owner.setdefault(check_id, item.nodeid)
                if check.family == "custom" and first != item.nodeid:
                    raise pytest.UsageError(
                        f"{first} and {item.nodeid} have the same id {check_id}: use different custom ids, or "
                        "parameter ids that differ in their first letters or digits"
                    )
                self.gate.collected.add(check_id)
        items.sort(key=self._needs_map)

    def _needs_map(self, item: pytest.Item) -> bool:
        is_check = item.get_closest_marker(MARKER) is not None
        return is_check and check_tests.check_of_item(item, self.gate.settings)[1].needs_map

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Record which checks the user deselected."""
        for item in items:
            if item.get_closest_marker(MARKER) is not None:
                self.gate.deselected.add(check_tests.check_of_item(item, self.gate.settings)[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run no test if the model is unavailable: every check would report the same."""
        if self.worker:
            return None
        if self.gate.error is not None:
            raise session.Failed(f"{self.gate.error['kind']}: no check was run")
        if self.gate.controller_results is None:
            self.gate.begin_map(each for each in self.gate.collected if not self.gate.is_off(each))
        return None

    # -- each check --

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Skip the function of a check that is off, and record the outcome `off`."""
        if pyfuncitem.get_closest_marker(MARKER) is None:
            return None
        check_id, _ = check_tests.check_of_item(pyfuncitem, self.gate.settings)
        if not self.gate.is_off(check_id):
            return None
        pyfuncitem.stash[check_tests.RESULT] = off(check_id, self.gate.settings, self.gate.no_champion)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the result of a check to its test report."""
        report = yield
        result = item.stash.get(check_tests.RESULT, None)
        # a check that skips itself without a result did not run
        if item.get_closest_marker(MARKER) is None or (report.skipped and result is None):
            return report
        check_id, _ = check_tests.check_of_item(item, self.gate.settings)
        if report.when == "call":
            if result is not None and result.fails_gate and hasattr(report, "wasxfail"):
                report.outcome = "failed"  # an xfail marker does not pass the gate
                del report.wasxfail
            if report.failed and not (result is not None and result.fails_gate):
                result = unfinished(check_id, "error", check_tests.crash_message(report))
            elif result is None:
                message = "the check ended without a result: call gate_judge() with a measurement"
                report.outcome, report.longrepr = "failed", f"{check_id} error: {message}"
                result = unfinished(check_id, "error", message)
            result = result if result.seconds else replace(result, seconds=call.duration)
        elif report.failed:
            result = unfinished(check_id, "error", f"{report.when} failed: {check_tests.crash_message(report)}")
        else:
            return report
        # as JSON values, so that the result is the same whether a worker sends it or not
        plain = replace_surrogates(result.as_json(most_tracks=None))
        setattr(report, check_tests.RESULT_ATTRIBUTE, plain)
        check_tests.set_properties(item, CheckResult.from_json(plain))
        report.user_properties = list(item.user_properties)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the result that is attached to a report, which may come from a worker."""
        attached: Mapping[str, Any] | None = getattr(report, check_tests.RESULT_ATTRIBUTE, None)
        if attached is not None:
            self.gate.add_result(CheckResult.from_json(attached))
        elif report.failed:
            self._failed_tests.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Fail the gate if a module of checks cannot be collected."""
        if report.failed:
            why = check_tests.reason(report.longreprtext)
            self.gate.fail("CollectionError", f"{report.nodeid} cannot be collected: {why}")

    def pytest_internalerror(self, excrepr: object) -> None:
        """Fail the gate after an internal error of pytest or a plugin."""
        self.gate.fail("InternalError", str(excrepr).strip().splitlines()[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Record an interrupted run as failed."""
        self.gate.fail("Interrupted", "the run was interrupted before its end")

    # -- after the checks --

    def other_failure(self, exitstatus: int) -> bool:
        """Return whether something other than a check failed; if no check failed, it becomes the error of the run."""
        check_failed = any(result.fails_gate for result in self.gate.results.values())
        unexplained = exitstatus == pytest.ExitCode.TESTS_FAILED and not check_failed
        if unexplained:
            failed = ", ".join(dict.fromkeys(self._failed_tests)) or "something other than a test"
            self.gate.fail("TestsFailed", f"no check failed, but this pytest run did: {failed}")
        return unexplained or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)

    def unknown_custom_id(self) -> str | None:
        """Return the error for an entry `custom.*` of `[checks]` that covers no test; None after a partial run."""
        seen, settings = self.gate.collected | self.gate.deselected, self.gate.settings
        if not seen.issuperset(check_ids(settings)):
            return None
        entries = (entry for entry in settings.checks if (entry + ".").startswith("custom."))
        unknown = next((entry for entry in entries if not any(covers(entry, each) for each in seen)), None)
        if unknown is None:
            return None
        custom = ", ".join(sorted(each for each in seen if each.startswith("custom."))) or "none"
        return f"{self.gate.options.config.shown}: unknown check {unknown!r} in [checks]; custom checks: {custom}"

    def pytest_unconfigure(self) -> None:
        """Stop the process that computes the map."""
        self.gate.stop_map_process()
