"""The files that a gate run reads and writes, according to the options of pytest.

Outputs are checked before anything is read or removed; see `embedgate.output_files`.
"""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.atomic_write import remove_partial_files
from embedgate.config.file import CONFIG_NAME
from embedgate.errors import UsageError
from embedgate.judgement.csv_lists import COLUMNS, csv_beside
from embedgate.output_files import REPORT, VERDICT, Named, Output, check_outputs, refuse_same, resolved
from embedgate.paths import typed_path
from embedgate.report.job_summary import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

VERDICT_NAME = "verdict.json"
REPORT_NAME = "report.html"
_JUNIT = re.compile(rb"\A\s*(<\?xml[^>]*>)?\s*<testsuites\b")
_LISTS = {what: re.compile(rb"\A" + ",".join(names).encode() + rb"\r?\n") for what, names in COLUMNS.items()}


def claim(config: pytest.Config) -> None:
    """Remove the verdict and the lists of an earlier run, and validate the outputs of this one.

    Call it before anything is read, and not in a worker. The earlier verdict and its lists are removed even if
    another output is rejected, so that no verdict remains after a usage error. Partial files of a killed run are
    removed too.

    Raises:
        UsageError: if an output is an input, another output, not a regular file, a file that embedgate did not
            write, or cannot be written.
    """
    inputs = list(inputs_of(config))
    for output in verdict_outputs(config):
        check_outputs([output], inputs)
        try:
            output.path.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"{output.source}: {output.path} cannot be removed: {error.strerror}") from error
    outputs = outputs_of(config)
    check_outputs(outputs, inputs)
    for output in outputs:
        try:
            remove_partial_files(resolved(output))
        except OSError as error:
            raise UsageError(
                f"{output.source}: a partial file of a killed run cannot be removed: {error}. Remove it, or choose "
                "another path"
            ) from error


def verdict_path(config: pytest.Config) -> Path:
    """Return the path of the verdict; a symbolic link is followed, so that the lists are beside the real file.

    Raises:
        UsageError: if `--gate-verdict` is not a path.
    """
    here, typed = config.invocation_params.dir, config.getoption("gate_verdict")
    path = here / VERDICT_NAME if typed is None else typed_path(typed, "--gate-verdict", here)
    return resolved(Named("--gate-verdict", path)) if path.is_symlink() else path


def verdict_outputs(config: pytest.Config) -> list[Output]:
    """Return the verdict and the lists beside it.

    Raises:
        UsageError: if `--gate-verdict` is not a path.
    """
    verdict = verdict_path(config)
    lists = {csv_beside(verdict, what): ours for what, ours in _LISTS.items()}
    return [
        Output("--gate-verdict", verdict, VERDICT),
        *(Output(f"the list {path.name} beside --gate-verdict", path, ours) for path, ours in lists.items()),
    ]


def outputs_of(config: pytest.Config) -> list[Output]:
    """Return every file that this pytest run writes, according to its options.

    Raises:
        UsageError: if an option is not a path.
    """
    return [*verdict_outputs(config), *_reports(config)]


def _reports(config: pytest.Config) -> Iterator[Output]:
    if config.pluginmanager.hasplugin("html"):
        typed = getattr(config.option, "htmlpath", None)
        report = _typed("--html", typed) if typed else config.invocation_params.dir / REPORT_NAME
        yield Output("--html", report, REPORT)
    junit = getattr(config.option, "xmlpath", None)
    if junit:
        yield Output("--junitxml", _typed("--junitxml", junit), _JUNIT)
    log = config.getoption("log_file", None)
    if log:
        yield Output("--log-file", _typed("--log-file", log))


def inputs_of(config: pytest.Config) -> Iterator[Named]:
    """Yield every file that this pytest run reads or appends to, according to its options.

    An option that is not a path is left out: `read_options` rejects it.
    """
    here = config.invocation_params.dir
    for option in ("config", "vectors", "playlists", "champion"):
        named = _typed_file(config, option)
        if named is None:
            continue
        yield named
        if option in ("vectors", "champion"):  # gensim writes large arrays to separate files
            beside = sorted(named.path.parent.glob(f"{glob.escape(named.path.name)}.*"))
            yield from (Named(f"{named.source} (with {path.name})", path) for path in beside)
    folders = [here, *([config.inipath.parent] if config.inipath else [])]
    yield from (Named("the config", folder / CONFIG_NAME) for folder in folders)
    yield from (Named("conftest.py", folder / "conftest.py") for folder in (here, config.rootpath))
    if config.inipath is not None:
        yield Named("pytest's ini file", config.inipath)
    for argument in config.args:
        path = here / argument.partition("::")[0]
        if not os.path.isdir(path):  # noqa: PTH112 - an argument may not be a path
            yield Named("an argument", path)
    if os.environ.get(VARIABLE):
        yield Named(VARIABLE, here / os.environ[VARIABLE])


def check_history(folder: Path, outputs: Iterable[Output], inputs: Iterable[Named]) -> None:
    """Reject a history folder that is a file of this run.

    Raises:
        UsageError: names both.
    """
    refuse_same(Named("[history] folder", folder), [*outputs, *inputs], "is another file of this run")


def _typed(source: str, typed: str) -> Path:
    """Return a path as pytest and pytest-html read it."""
    return typed_path(os.path.expandvars(typed), source, Path.cwd())


def _typed_file(config: pytest.Config, option: str) -> Named | None:
    """Return the file of an option; None if it is not given or is not a file."""
    source, typed = f"--gate-{option}", config.getoption(f"gate_{option}")
    if typed is None:
        return None
    try:
        path = typed_path(typed, source, config.invocation_params.dir)
    except UsageError:
        return None
    # the champion may be a run or a tag
    return Named(source, path) if option != "champion" or os.path.lexists(path) else None
