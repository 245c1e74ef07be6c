"""The end of a gate run: write the verdict, the history and the report, and only then promote.

A run that is killed leaves no verdict, or one whose promotion is `pending`, which `embedgate verdict` rejects.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from embedgate.atomic_write import partial_path
from embedgate.errors import UnavailableError
from embedgate.fault_drill import run_drill
from embedgate.gate.promotion import promotion_failed, settle_promotion
from embedgate.gate.terminal_guard import write_to_stderr
from embedgate.judgement.promotion import Decision, decide
from embedgate.judgement.recorder import Recorder
from embedgate.judgement.verdict import VerdictRecord
from embedgate.progress import on_terminal
from embedgate.report import html, pytest_html
from embedgate.report.job_summary import append_to_job_summary
from embedgate.report.track_lists import write_duplicates, write_neighbours
from embedgate.sources.resolve import keep

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from embedgate.gate.hooks import GateHooks
    from embedgate.gate.session import GateSession
    from embedgate.sources.records import RunRecord


class FinishingHooks:
    """Writes the outputs of a gate run; not registered in workers.

    Args:
        gate: the gate run.
        checks: the hooks around the checks.
        report: path of the report; None if none is written.
    """

    def __init__(self, gate: GateSession, checks: GateHooks, report: Path | None) -> None:
        self.gate = gate
        self._checks = checks
        self._report = report
        self._recorder = Recorder(gate.options.history)
        self._headline = ""
        self._other_failure = False
        self._written: VerdictRecord | None = None
        self._keeps = False

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Write the verdict, let other plugins write their reports, promote, complete the verdict."""
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            return (yield)
        unknown = self._checks.unknown_custom_id()
        if unknown is not None:
            self.gate.usage_error = unknown
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return (yield)
        self._other_failure = self._checks.other_failure(exitstatus)
        with self._errors_fail_the_gate("VerdictNotWritten", "the verdict could not be written"):
            self._conclude()
        with self._errors_fail_the_gate("ReportFailed", "the reports could not be written"):
            with self._temporary_report(session.config) as written:
                yield
            self._finish_report(written)
        with self._errors_fail_the_gate("promotion", "the promotion could not be completed"):
            self._settle_promotion()
        session.exitstatus = self._complete()
        return None

    @contextmanager
    def _errors_fail_the_gate(self, kind: str, what: str) -> Iterator[None]:
        """Turn any error into a failed verdict that names it; the run continues to its end and exits with 1."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no error may lose the verdict or the exit status
            gate = self.gate
            gate.fail(kind, f"{what}: {type(error).__name__}: {error}")
            verdict = gate.verdict or VerdictRecord(outcome="failed")
            promotion = "failed" if verdict.promotion == "pending" else verdict.promotion
            gate.verdict = replace(verdict, outcome="failed", error=gate.error, promotion=promotion)

    def _conclude(self) -> None:
        """Write lists and history; before a promotion, also the verdict, in which the promotion is `pending`."""
        gate = self.gate
        verdict = gate.conclude()
        if gate.options.drill:
            gate.verdict = verdict = self._with_drill(verdict)
        action = self._decide(verdict).action
        promotes = action == "promote"
        gate.verdict = replace(verdict, promotion="pending") if promotes else verdict
        self._write_lists(gate.verdict)
        if action != "leave":
            self._write(gate.verdict)
        gate.recorded = self._recorder.add(gate.verdict)
        gate.notes.extend(gate.recorded.notes)
        if promotes and not gate.recorded.is_written:
            gate.verdict = promotion_failed(gate.verdict, gate.recorded.notes[-1])

    def _with_drill(self, verdict: VerdictRecord) -> VerdictRecord:
        """Return the verdict with the drill; one that cannot be completed becomes a note."""
        gate = self.gate
        if gate.loaded is None:
            return verdict
        try:
            return replace(
                verdict, drill=run_drill(gate.evidence, gate.settings, verdict.checks, on_terminal("drill"))
            )
        except Exception as error:  # noqa: BLE001 - a drill never changes the verdict
            gate.notes.append(f"The drill could not be completed: {type(error).__name__}: {error}")
            return verdict

    def _write_lists(self, verdict: VerdictRecord) -> None:
        """Write the CSV files beside the verdict."""
        gate, path = self.gate, self.gate.options.verdict
        verdict.write_tracks(path)
        if gate.loaded is None:
            return
        if "duplicates.rate" in gate.results:
            write_duplicates(gate.evidence, path)
        known = (each for each in gate.results.values() if each.id.startswith("neighbours.known"))
        if gate.evidence.known_tracks and any(each.outcome != "off" for each in known):
            write_neighbours(gate.evidence, path)

    def _decide(self, verdict: VerdictRecord) -> Decision:
        return decide(
            verdict.outcome,
            requested=self.gate.options.promote,
            error_kind=verdict.error["kind"] if verdict.error else None,
            other_failure=self._other_failure,
        )

    @contextmanager
    def _temporary_report(self, config: pytest.Config) -> Iterator[Path | None]:
        """Let pytest-html write to a temporary path, so that a killed run leaves no incomplete report."""
        if self._report is None:
            yield None
            return
        writers = [each for each in config.pluginmanager.get_plugins() if hasattr(each, "_report_path")]
        temporary = partial_path(self._report) if writers else self._report
        paths = [each._report_path for each in writers]  # noqa: SLF001 - pytest-html has no option for it
        for each in writers:
            each._report_path = temporary  # noqa: SLF001
        try:
            yield temporary
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            for each, path in zip(writers, paths, strict=True):
                each._report_path = path  # noqa: SLF001

    def _finish_report(self, written: Path | None) -> None:
        if self._report is not None and written is not None and self._headline:
            note = pytest_html.finish(written, self._report)
            if note:
                self.gate.notes.append(note)

    def _settle_promotion(self) -> None:
        gate = self.gate
        if gate.verdict is None:
            return
        decision = self._decide(gate.verdict)
        gate.verdict, note = settle_promotion(gate.verdict, gate.promotion, decision, self._files())
        self._keeps = decision.action == "promote" and gate.verdict.promotion != "failed"
        if note:
            gate.notes.append(note)

    def _complete(self) -> int:
        """Update report, verdict.json and history, write the job summary, and return the exit status."""
        gate = self.gate
        if gate.verdict is None:
            return 1
        try:
            if gate.verdict != self._written:
                self._update_report(gate.verdict)
                self._write(gate.verdict)
                self._recorder.update(gate.verdict)
                if self._keeps and gate.loaded is not None:
                    self._keep(gate.loaded.record, gate.verdict)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - no file is left in which to record it
            if gate.verdict.promotion is not None:
                gate.verdict = promotion_failed(gate.verdict, f"the verdict could not be completed: {error}")
            gate.verdict = replace(gate.verdict, outcome="failed")
            write_to_stderr(f"embedgate: the verdict could not be completed: {type(error).__name__}: {error}")
        note = append_to_job_summary(gate.verdict, gate.notes)
        if note:
            gate.notes.append(note)
        return 1 if self._other_failure else gate.exit_status()

    def _files(self) -> list[Path]:
        """Return the files that are stored with the model, if its source stores files."""
        return [path for path in (self.gate.options.verdict, self._report) if path is not None and path.exists()]

    def _keep(self, model: RunRecord, verdict: VerdictRecord) -> None:
        """Store the completed verdict and report with the model, in place of those before the promotion."""
        gate = self.gate
        try:
            note = keep(model, self._files())
        except UnavailableError as error:
            why = (
                f"the completed verdict could not be stored with {model.pathspec}, which has the pending one: {error}"
            )
            gate.verdict = promotion_failed(verdict, why)
            gate.notes.append(why)
            self._write(gate.verdict)
            self._recorder.update(gate.verdict)
        else:
            gate.notes.extend([note] if note else [])

    def _update_report(self, verdict: VerdictRecord) -> None:
        headline = html.headline(verdict)
        if self._report is not None and self._headline not in ("", headline):
            note = pytest_html.replace_once(self._report, self._headline, headline)
            if note:
                self.gate.notes.append(note)

    def _write(self, verdict: VerdictRecord) -> None:
        verdict.write(self.gate.options.verdict)
        self._written = verdict

    # -- the report --

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the gate's section at the top of the report."""
        gate, recorded = self.gate, self.gate.recorded
        if gate.verdict is None:
            return
        evidence = gate.evidence if gate.loaded is not None else None
        history = (*recorded.earlier, recorded.record) if recorded is not None else ()
        rendered = html.render(gate.verdict, evidence, history=history, notes=gate.notes)
        gate.notes.extend(rendered.failures)
        self._headline = html.headline(gate.verdict)
        prefix.insert(0, rendered.html)
