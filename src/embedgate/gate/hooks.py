"""The hooks that decide: fetch, off, outcome of each check, verdict, exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from embedgate.config import Settings, covers
from embedgate.errors import UsageError
from embedgate.gate import judging
from embedgate.gate.drawing import Drawing
from embedgate.gate.garbage import here_to_stay, nothing_left_to_find
from embedgate.gate.keeping import keep
from embedgate.gate.options import read_options
from embedgate.gate.outputs import REPORT_NAME, claim
from embedgate.gate.session import GateSession
from embedgate.gate.sharing import ControllerHooks, WorkerHooks, begin_as_told
from embedgate.gate.stash import GATE
from embedgate.gate.telling import TellingHooks
from embedgate.judgement.checks import expected_ids
from embedgate.judgement.outcomes import Result
from embedgate.progress import watch
from embedgate.report.job_summary import tell_job
from embedgate.report.page import report_path
from embedgate.sendable import sendable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

_NEED_MAP = ("map.", "separation.map")
_WAIT = ("separation", "map")


def start(config: pytest.Config) -> tuple[object, ...]:
    """Begin a gate run: an earlier verdict goes, options are checked, the report gets its place.

    Returns:
        the plugins that make a run a gate run.

    Raises:
        pytest.UsageError: if options or config are wrong.
    """
    worker = hasattr(config, "workerinput")
    try:
        if not worker:
            claim(config)
        gate = GateSession(read_options(config))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[GATE] = gate
    if not worker and config.pluginmanager.hasplugin("html"):
        if not config.option.htmlpath:
            config.option.htmlpath = str(config.invocation_params.dir / REPORT_NAME)
        config.option.self_contained_html = True
    if worker:  # its controller writes the report
        reported = begin_as_told(gate, config)
        return GateHooks(gate, worker=True, reported=reported), WorkerHooks(gate), TellingHooks(gate, None)
    typed = getattr(config.option, "htmlpath", None)
    report = report_path(typed) if typed else None
    reported = report is not None
    return (
        GateHooks(gate, worker=False, reported=reported),
        ControllerHooks(gate, reported=reported),
        TellingHooks(gate, report),
    )


def generate(metafunc: pytest.Metafunc) -> None:
    """Repeat a check over what the config names."""
    gate = metafunc.config.stash.get(GATE, None)
    judging.parametrize(metafunc, gate.options.config.settings if gate else Settings())


class GateHooks:
    """Hooks that a gate run alone has."""

    def __init__(self, gate: GateSession, *, worker: bool, reported: bool) -> None:
        self.gate = gate
        self.worker = worker
        self._drawing = Drawing(gate, wanted=reported)
        self._failed_beside: list[str] = []

    @property
    def _settings(self) -> Settings:
        return self.gate.options.config.settings

    # -- before the checks --

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Fetch the model, once, before the header is printed."""
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        watch(terminal=reporter is not None and reporter.isatty)
        self.gate.start_map_maker()
        try:
            with here_to_stay():
                self.gate.load()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note which checks were collected; one of an unknown id, or two of one's own with one id, are an error.

        Checks that wait for the map come last: it is laid out in the background meanwhile.
        """
        owner: dict[str, str] = {}
        for item in items:
            if item.get_closest_marker(judging.MARKER) is not None:
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
        if item.get_closest_marker(judging.MARKER) is None:
            return 0
        family = judging.check_of_item(item, self._settings)[1].family
        return 1 + _WAIT.index(family) if family in _WAIT else 0

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note which checks the user's selection took out."""
        for item in items:
            if item.get_closest_marker(judging.MARKER) is not None:
                self.gate.deselected.add(judging.check_of_item(item, self._settings)[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run nothing where the model cannot be had: every check would say the same."""
        if self.gate.error is not None and not self.worker:
            raise session.Failed(f"{self.gate.error['kind']}: no check was run")
        wanted = (each for each in self.gate.collected if not self.gate.is_off(each))
        if self.gate.loaded is not None and any(each.startswith(_NEED_MAP) for each in wanted):
            self.gate.begin_map()
        return None

    # -- each check --

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Leave out a check that the user switched off."""
        if pyfuncitem.get_closest_marker(judging.MARKER) is None:
            return None
        check_id, check = judging.check_of_item(pyfuncitem, self._settings)
        if not self.gate.is_off(check_id):
            return None
        pyfuncitem.stash[judging.RESULT] = judging.off(check_id, check)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn a finished check into a result that the report carries, with its figures."""
        report = yield
        result = item.stash.get(judging.RESULT, None)
        # a check that skips itself did not run; one that was judged before, or is marked xfail, was
        if item.get_closest_marker(judging.MARKER) is None or (report.skipped and result is None):
            return report
        check_id, check = judging.check_of_item(item, self._settings)
        if report.when == "call":
            if result is not None and result.stops and hasattr(report, "wasxfail"):
                report.outcome = "failed"  # a mark that pytest forgives, the gate does not
                del report.wasxfail
            if report.failed and not (result is not None and result.stops):
                result = judging.broken(check_id, check, judging.crash_message(report))
            elif result is None:
                message = "the check ended without a judgement: call gate_judge with a measurement"
                report.outcome, report.longrepr = "failed", f"{check_id} error: {message}"
                result = judging.broken(check_id, check, message)
            result = result.lasting(call.duration)
        elif report.failed:
            result = judging.broken(check_id, check, f"{report.when} failed: {judging.crash_message(report)}")
        else:
            return report
        result = Result.from_dict(sendable(result.as_dict()))  # the same whether a worker sends it or not
        setattr(report, judging.CARRIED, result.as_dict())
        judging.set_properties(item, result)
        report.user_properties = list(item.user_properties)
        if result.outcome != "off":  # what is off is not to be measured
            self._drawing.attach(report, check.family)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a report carries; under xdist it comes from a worker, and each worker has drawn."""
        carried: Mapping[str, Any] | None = getattr(report, judging.CARRIED, None)
        if carried is None:
            if report.failed:
                self._failed_beside.append(report.nodeid)
            return
        self.gate.take(Result.from_dict(carried))
        self._drawing.take(report, carried["id"].partition(".")[0])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of checks that cannot be collected keeps the gate shut."""
        if report.failed:
            why = judging.reason(report.longreprtext)
            self.gate.fail("CollectionError", f"{report.nodeid} cannot be collected: {why}")

    def pytest_internalerror(self, excrepr: object) -> None:
        """An error of pytest or of a plugin keeps the gate shut."""
        self.gate.fail("InternalError", str(excrepr).strip().splitlines()[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Who interrupts the gate has not been answered."""
        self.gate.fail("Interrupted", "the run was interrupted before its end")

    # -- after the checks --

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the verdict and set the exit status; a usage error leaves none."""
        if self.worker:
            return
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            return
        unknown = self._unknown_custom_id()
        if unknown is not None:
            self.gate.usage_error = unknown
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        stopped = any(result.stops for result in self.gate.results.values())
        unexplained = exitstatus == pytest.ExitCode.TESTS_FAILED and not stopped
        if unexplained:
            who = ", ".join(dict.fromkeys(self._failed_beside)) or "something that is no test"
            self.gate.fail("TestsFailed", f"no check is broken, and yet this pytest run failed: {who}")
        verdict = self.gate.conclude()
        if self.gate.loaded is not None:
            self._write_lists()
        failed_beside = unexplained or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        verdict = self.gate.settle_tags(verdict, failed_beside=failed_beside)
        verdict.write(self.gate.options.verdict)
        self.gate.kept = keep(verdict, self.gate.options.history)
        self.gate.notes.extend(self.gate.kept.notes)
        session.exitstatus = 1 if failed_beside else self.gate.exit_status()
        unsaid = tell_job(verdict, self.gate.notes)
        if unsaid:
            self.gate.notes.append(unsaid)

    def _write_lists(self) -> None:
        """Write the lists beside the verdict, of what was measured."""
        from embedgate.report.duplicates_csv import write_duplicates  # noqa: PLC0415
        from embedgate.report.neighbours_csv import write_neighbours  # noqa: PLC0415

        verdict, results = self.gate.options.verdict, self.gate.results
        if "duplicates.rate" in results:
            write_duplicates(self.gate.evidence, verdict)
        known = (each for each in results.values() if each.id.startswith("neighbours.known"))
        if self.gate.evidence.known and any(each.outcome != "off" for each in known):
            write_neighbours(self.gate.evidence, verdict)

    def _unknown_custom_id(self) -> str | None:
        """An entry `custom.*` of `[checks]` that no test has; only a whole run can tell."""
        seen = self.gate.collected | self.gate.deselected
        if not seen.issuperset(expected_ids(self._settings)):
            return None
        entries = (entry for entry in self._settings.checks if (entry + ".").startswith("custom."))
        unknown = next((entry for entry in entries if not any(covers(entry, each) for each in seen)), None)
        if unknown is None:
            return None
        own = ", ".join(sorted(each for each in seen if each.startswith("custom."))) or "none at all"
        return f'{self.gate.options.config.shown}: [checks."{unknown}"] speaks of no test; there is {own}'

    def pytest_unconfigure(self) -> None:
        """Leave no process behind."""
        self.gate.stop_map_maker()
        nothing_left_to_find()
