"""The end of a gate run: verdict, lists and history are written, then the report, and only then a tag is moved.

A run that is killed on the way leaves no verdict, or one whose promotion is `pending`, which is not accepted.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from embedgate.atomic_write import partial_path
from embedgate.gate.drawing import Drawn, draw
from embedgate.gate.keeping import Keeper
from embedgate.gate.promoting import promotion_failed, settle_tags
from embedgate.gate.terminal_guard import say_on_stderr
from embedgate.judgement.history import measures_of
from embedgate.judgement.promotion import Decision, decide
from embedgate.judgement.verdict import Verdict
from embedgate.report import first_screen, html, page
from embedgate.report.job_summary import tell_job
from embedgate.report.over_time import OverTime, over_time

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from embedgate.gate.hooks import GateHooks
    from embedgate.gate.session import GateSession


class FinishingHooks:
    """Writes what a gate run leaves; in the process that reports.

    Args:
        gate: the gate run.
        checks: the hooks that followed the checks.
        report: where the report will be written; None if none will be.
    """

    def __init__(self, gate: GateSession, checks: GateHooks, report: Path | None) -> None:
        self.gate = gate
        self._checks = checks
        self._report = report
        self._keeper = Keeper(gate.options.history)
        self._rendered = ""
        self._failed_beside = False
        self._written: Verdict | None = None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Write the verdict, let others write their reports, move the tag, complete the verdict."""
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            return (yield)
        unknown = self._checks.unknown_custom_id()
        if unknown is not None:
            self.gate.usage_error = unknown
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return (yield)
        self._failed_beside = self._checks.failed_beside(exitstatus)
        with self._breaking_off("VerdictNotWritten", "the verdict could not be written"):
            self._conclude()
        with self._breaking_off("ReportFailed", "the reports could not be written"):
            with self._written_aside(session.config) as written:
                yield
            self._finish_report(written)
        with self._breaking_off("promotion", "the promotion could not be completed"):
            self._settle_tags()
        session.exitstatus = self._complete()
        return None

    @contextmanager
    def _breaking_off(self, kind: str, what: str) -> Iterator[None]:
        """Turn any error inside into a failed verdict that names it: the run goes on to its end, and ends with 1."""
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nothing may cost the verdict and the exit status
            gate = self.gate
            gate.fail(kind, f"{what}: {type(error).__name__}: {error}")
            verdict = gate.verdict or Verdict(word="failed", results=(), run=None)
            pending = verdict.promotion == "pending"
            gate.verdict = replace(
                verdict, word="failed", error=gate.error, promotion="failed" if pending else verdict.promotion
            )

    def _conclude(self) -> None:
        """Write lists and history; before a promotion, the verdict too, in which it is pending."""
        gate = self.gate
        verdict = gate.conclude()
        promotes = self._decide(verdict).action == "promote"
        gate.verdict = replace(verdict, promotion="pending") if promotes else verdict
        self._checks.write_lists()
        if promotes:
            self._write(gate.verdict)
        gate.kept = self._keeper.keep(gate.verdict)
        gate.notes.extend(gate.kept.notes)
        if promotes and not gate.kept.is_recorded:
            gate.verdict = promotion_failed(gate.verdict, gate.kept.notes[-1])

    def _decide(self, verdict: Verdict) -> Decision:
        return decide(
            verdict.word,
            asked=self.gate.options.promote,
            error_kind=verdict.error["kind"] if verdict.error else None,
            failed_beside=self._failed_beside,
        )

    @contextmanager
    def _written_aside(self, config: pytest.Config) -> Iterator[Path | None]:
        """Let pytest-html write under a name of its own: a run that is killed meanwhile leaves no half report."""
        if self._report is None:
            yield None
            return
        writers = [each for each in config.pluginmanager.get_plugins() if hasattr(each, "_report_path")]
        aside = partial_path(self._report) if writers else self._report
        places = [each._report_path for each in writers]  # noqa: SLF001 - pytest-html has no option for it
        for each in writers:
            each._report_path = aside  # noqa: SLF001
        try:
            yield aside
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        finally:
            for each, place in zip(writers, places, strict=True):
                each._report_path = place  # noqa: SLF001

    def _finish_report(self, written: Path | None) -> None:
        if self._report is not None and written is not None and self._rendered:
            unsaid = page.finish(written, self._report)
            if unsaid:
                self.gate.notes.append(unsaid)

    def _settle_tags(self) -> None:
        gate = self.gate
        if gate.verdict is None:
            return
        pathspec = gate.loaded.record.pathspec if gate.loaded else None
        gate.verdict, said = settle_tags(gate.verdict, pathspec, self._decide(gate.verdict))
        if said:
            gate.notes.append(said)

    def _complete(self) -> int:
        """Bring report, verdict.json and history up to date, tell the job, and return the exit status."""
        gate = self.gate
        if gate.verdict is None:
            return 1
        try:
            if gate.verdict != self._written:
                self._update_report(gate.verdict)
                self._write(gate.verdict)
                self._keeper.complete(gate.verdict)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - see _breaking_off; there is no file left to tell
            if gate.verdict.promotion is not None:
                gate.verdict = promotion_failed(gate.verdict, f"the verdict could not be completed: {error}")
            gate.verdict = replace(gate.verdict, word="failed")
            say_on_stderr(f"embedgate: the verdict could not be completed: {type(error).__name__}: {error}")
        unsaid = tell_job(gate.verdict, gate.notes)
        if unsaid:
            gate.notes.append(unsaid)
        return 1 if self._failed_beside else gate.exit_status()

    def _update_report(self, verdict: Verdict) -> None:
        if self._report is not None and self._rendered and self._rendered != _headline(verdict):
            note = page.exchange(self._report, self._rendered, _headline(verdict))
            if note:
                self.gate.notes.append(note)

    def _write(self, verdict: Verdict) -> None:
        verdict.write(self.gate.options.verdict)
        self._written = verdict

    # -- the report --

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the verdict on top of the report."""
        gate, kept = self.gate, self.gate.kept
        verdict = gate.verdict
        if verdict is None:
            return
        drawn = Drawn({}, "", [])
        if gate.loaded is not None:
            drawn = draw(gate.evidence, gate.champion[1] if gate.champion else None, verdict.results)
        gate.notes.extend(drawn.notes)
        past = over_time(kept.earlier, kept.record) if kept is not None else OverTime()
        if past.note:
            gate.notes.append(past.note)
        self._rendered = _headline(verdict)
        top = html.summary(
            verdict,
            gate.loaded,
            drawn.picture,
            headline=self._rendered,
            figures=drawn.figures,
            held_out=gate.options.config.settings.model.playlists_role == "held_out",
            past=past,
            champion=self._measured_of_champion(),
            notes=gate.notes,
        )
        prefix.insert(0, top)

    def _measured_of_champion(self) -> Mapping[str, float]:
        """Return what the gate measured of the champion when it was the tested run, by check id."""
        kept, champion = self.gate.kept, self.gate.champion
        if kept is None or champion is None or champion[0].source != "metaflow":  # a file may be another by now
            return {}
        return measures_of(kept.earlier, champion[0].pathspec)


def _headline(verdict: Verdict) -> str:
    return first_screen.banner(verdict) + first_screen.error(verdict) + first_screen.missing(verdict)
