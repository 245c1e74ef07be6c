"""The start of a gate run: check options, remove an earlier verdict, create the hooks."""

from __future__ import annotations

import pytest

from embedgate.errors import UsageError
from embedgate.gate.distributed import ControllerHooks, WorkerHooks, begin_worker
from embedgate.gate.finishing import FinishingHooks
from embedgate.gate.hooks import GateHooks
from embedgate.gate.invocation import selects_a_part
from embedgate.gate.options import read_options
from embedgate.gate.outputs import REPORT_NAME, claim, verdict_path
from embedgate.gate.report_hooks import ReportHooks
from embedgate.gate.session import GateSession
from embedgate.gate.stash import GATE
from embedgate.gate.terminal_guard import guard_terminal
from embedgate.judgement.verdict import VerdictRecord
from embedgate.report.pytest_html import report_path
from embedgate.surrogates import replace_surrogates


def start(config: pytest.Config) -> tuple[object, ...]:
    """Start a gate run.

    Returns:
        The plugins of the gate run.

    Raises:
        pytest.UsageError: if options or config are wrong.
        pytest.exit.Exception: after any other error, with exit status 1; the verdict is `failed` and names it.
    """
    worker = hasattr(config, "workerinput")
    try:
        if not worker:
            guard_terminal(config)
            claim(config)
        return _hooks(config, worker=worker)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    except KeyboardInterrupt:
        return _fail(config, "Interrupted", "the run was interrupted at its start")
    except Exception as error:  # noqa: BLE001 - any error becomes a failed verdict that names it
        return _fail(config, type(error).__name__, f"the gate could not start: {error}")


def _hooks(config: pytest.Config, *, worker: bool) -> tuple[object, ...]:
    arguments = tuple(replace_surrogates([str(each) for each in config.invocation_params.args]))
    gate = GateSession(read_options(config), arguments, narrowed=selects_a_part(config))
    config.stash[GATE] = gate
    checks = GateHooks(gate, worker=worker)
    if worker:
        begin_worker(gate, config)
        return checks, WorkerHooks(gate), ReportHooks(gate)
    if config.pluginmanager.hasplugin("html"):
        if not config.option.htmlpath:
            config.option.htmlpath = str(config.invocation_params.dir / REPORT_NAME)
        config.option.self_contained_html = True
    typed = getattr(config.option, "htmlpath", None)
    report = report_path(typed) if typed else None
    return checks, ControllerHooks(gate), FinishingHooks(gate, checks, report), ReportHooks(gate)


def _fail(config: pytest.Config, kind: str, message: str) -> tuple[object, ...]:
    """Write a failed verdict, if it can be written, and end pytest with exit status 1."""
    verdict = VerdictRecord(outcome="failed", error={"kind": kind, "message": message})
    try:
        verdict.write(verdict_path(config))
    except (OSError, RuntimeError) as error:
        message += f" (and the verdict could not be written: {error})"
    pytest.exit(f"embedgate: {kind}: {message}", returncode=1)
