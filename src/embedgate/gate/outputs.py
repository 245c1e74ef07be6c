"""Which files a gate run writes, and which existing files it may replace.

Nothing is replaced or removed unless it is a regular file that embedgate wrote, recognized by its content. An output
that is an input, another output or anything else is a usage error, found before anything is read or removed.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.atomic_write import remove_partial_files
from embedgate.config import CONFIG_NAME
from embedgate.errors import UsageError
from embedgate.judgement.csv_lists import COLUMNS, csv_beside
from embedgate.paths import kind_of_file, typed_path
from embedgate.report.job_summary import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pytest

VERDICT_NAME = "verdict.json"
REPORT_NAME = "report.html"
_HEAD = 65_536
"""Bytes at the start of a file that tell who wrote it."""
_VERDICT = re.compile(rb'\A\{\s*"schema":\s*\d+,\s*"verdict":\s*"')
_REPORT = re.compile(rb'<meta name="generator" content="embedgate"|<title id="head-title">embedgate</title>')
_JUNIT = re.compile(rb"\A\s*(<\?xml[^>]*>)?\s*<testsuites\b")
_LISTS = {what: re.compile(rb"\A" + ",".join(names).encode() + rb"\r?\n") for what, names in COLUMNS.items()}
_LONGEST_SUFFIX = ".4294967295"
"""What a file's name grows by while it is written."""


@dataclass(frozen=True, slots=True)
class Named:
    """A path, and what names it.

    Attributes:
        source: the option or the key, for messages.
        path: absolute.
    """

    source: str
    path: Path


@dataclass(frozen=True, slots=True)
class Output(Named):
    """A file that a gate run writes.

    Attributes:
        ours: matches the start of a file that may be replaced; None where another part of pytest writes the file,
            whose content says nothing.
    """

    ours: re.Pattern[bytes] | None = None


def claim(config: pytest.Config) -> None:
    """Remove the verdict and the lists of an earlier run, and check where this one will write.

    Call it before anything is read, in the process that writes (not in a worker). The verdict and the lists of an
    earlier run are removed even if another output is refused, so that no verdict outlives a usage error. Partial
    files that a killed run left of the same outputs are removed too.

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
            remove_partial_files(_resolved(output))
        except OSError as error:
            raise UsageError(
                f"{output.source}: a partial file of a killed run cannot be removed: {error}. Remove it, or choose "
                "another path"
            ) from error


def verdict_path(config: pytest.Config) -> Path:
    """Return where the verdict goes; a symbolic link is followed, so that the lists lie beside the real file.

    Raises:
        UsageError: if `--gate-verdict` is no path.
    """
    here, typed = config.invocation_params.dir, config.getoption("gate_verdict")
    path = here / VERDICT_NAME if typed is None else typed_path(typed, "--gate-verdict", here)
    return _resolved(Named("--gate-verdict", path)) if path.is_symlink() else path


def verdict_outputs(config: pytest.Config) -> list[Output]:
    """The verdict and the lists beside it.

    Raises:
        UsageError: if `--gate-verdict` is no path.
    """
    verdict = verdict_path(config)
    lists = {csv_beside(verdict, what): ours for what, ours in _LISTS.items()}
    return [
        Output("--gate-verdict", verdict, _VERDICT),
        *(Output(f"the list {path.name} beside --gate-verdict", path, ours) for path, ours in lists.items()),
    ]


def outputs_of(config: pytest.Config) -> list[Output]:
    """Every file that this pytest run will write, as far as its options tell.

    Raises:
        UsageError: if an option is no path.
    """
    return [*verdict_outputs(config), *_reports(config)]


def _reports(config: pytest.Config) -> Iterator[Output]:
    if config.pluginmanager.hasplugin("html"):
        typed = getattr(config.option, "htmlpath", None)
        report = _typed("--html", typed) if typed else config.invocation_params.dir / REPORT_NAME
        yield Output("--html", report, _REPORT)
    junit = getattr(config.option, "xmlpath", None)
    if junit:
        yield Output("--junitxml", _typed("--junitxml", junit), _JUNIT)
    log = config.getoption("log_file", None)
    if log:
        yield Output("--log-file", _typed("--log-file", log))


def inputs_of(config: pytest.Config) -> Iterator[Named]:
    """Every file that this pytest run reads or appends to, as far as its options tell.

    An option that is no path is left out here: `read_options` refuses it.
    """
    here = config.invocation_params.dir
    for option in ("config", "vectors", "playlists", "champion"):
        named = _typed_file(config, option)
        if named is None:
            continue
        yield named
        if option in ("vectors", "champion"):  # gensim keeps large arrays in files of their own
            beside = sorted(named.path.parent.glob(f"{glob.escape(named.path.name)}.*"))
            yield from (Named(f"{named.source} (with {path.name})", path) for path in beside)
    folders = [here, *([config.inipath.parent] if config.inipath else [])]
    yield from (Named("the config", folder / CONFIG_NAME) for folder in folders)
    yield from (Named("conftest.py", folder / "conftest.py") for folder in (here, config.rootpath))
    if config.inipath is not None:
        yield Named("pytest's ini file", config.inipath)
    for argument in config.args:
        path = here / argument.partition("::")[0]
        if not os.path.isdir(path):  # noqa: PTH112 - an argument may be no path at all
            yield Named("an argument", path)
    if os.environ.get(VARIABLE):
        yield Named(VARIABLE, here / os.environ[VARIABLE])


def check_outputs(outputs: Sequence[Output], inputs: Sequence[Named]) -> None:
    """Refuse outputs that would destroy something.

    Raises:
        UsageError: names both files or options, and what to do.
    """
    taken: list[Named] = []
    for output in outputs:
        _refuse_unusable_name(output)
        _refuse_same(output, inputs, "is an input")
        _refuse_same(output, taken, "is another output")
        taken.append(output)
    for output in outputs:
        for other in outputs:
            if _resolved(other) in _resolved(output).parents:
                raise UsageError(
                    f"{output.source} needs {other.path} as a folder, and {other.source} writes a file there: "
                    f"choose another path for {output.source}"
                )
        _refuse_replacing(output)
        _refuse_unwritable(output)


def check_history(folder: Path, outputs: Iterable[Output], inputs: Iterable[Named]) -> None:
    """Refuse a history folder that is a file of this run.

    Raises:
        UsageError: names both.
    """
    _refuse_same(Named("[history] folder", folder), [*outputs, *inputs], "is another file of this run")


def _refuse_same(output: Named, others: Iterable[Named], role: str) -> None:
    mine = _identities(output)
    for other in others:
        if mine & _identities(other):
            same = "" if output.path == other.path else f", the same file as {other.path}"
            raise UsageError(
                f"{output.source} would overwrite {output.path}{same}, which {role} ({other.source}): "
                f"choose another path for {output.source}"
            )


def _refuse_replacing(output: Output) -> None:
    """Refuse to replace anything but a regular file that embedgate wrote."""
    path = output.path
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() and not _resolved(output).parent.is_dir():
            raise UsageError(
                f"{output.source}: {path} is a symbolic link into a folder that does not exist: remove it, or choose "
                "another path"
            ) from None
        return
    except NotADirectoryError:
        return  # what stands in for a folder is named by _refuse_unwritable
    except OSError as error:
        raise UsageError(f"{output.source}: {path} cannot be looked at: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"{output.source}: {path} is a folder: choose a file, such as {path / 'x'}{path.suffix}")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{output.source}: {path} is {kind_of_file(mode)}, not a regular file: choose another path")
    if output.ours is None:
        return
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(
            f"{output.source}: {path} exists and cannot be read ({error.strerror}), so it may not be replaced: "
            "move it away, or choose another path"
        ) from error
    if not output.ours.search(head):
        raise UsageError(
            f"{output.source} would overwrite {path}, a file that embedgate did not write: move it away, or choose "
            "another path"
        )


def _refuse_unwritable(output: Output) -> None:
    """Refuse a place in which no file can be created, or a file that may not be changed."""
    path = _resolved(output)
    above = next(each for each in path.parents if os.path.lexists(each))
    if not above.is_dir():
        raise UsageError(f"{output.source}: {path} cannot be created, since {above} is not a folder")
    try:
        with tempfile.TemporaryFile(dir=above):
            pass
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise UsageError(
            f"{output.source}: {path} cannot be written in {above}: {error.strerror}. Choose another path"
        ) from error


def _refuse_unusable_name(output: Output) -> None:
    """Refuse a name that leaves no room for the name of the file while it is written."""
    try:
        output.path.with_name(f".{output.path.name}{_LONGEST_SUFFIX}").lstat()
    except FileNotFoundError:
        return
    except ValueError as error:
        raise UsageError(f"{output.source}: {output.path} is a folder: choose a file") from error
    except OSError as error:
        if not isinstance(error, NotADirectoryError | PermissionError):
            raise UsageError(
                f"{output.source}: {output.path.name[:40]!r} cannot be the name of a file: {error.strerror}"
            ) from error


def _identities(named: Named) -> set[object]:
    """What tells a file from others: its resolved path, and its device and inode if it exists."""
    try:
        path = named.path.resolve()
    except (OSError, RuntimeError):
        path = named.path  # a link to itself is reported where it is read or written
    try:
        found = path.stat()
    except OSError:
        return {path}
    return {path, (found.st_dev, found.st_ino)}


def _resolved(named: Named) -> Path:
    try:
        return named.path.resolve()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{named.source}: {named.path} cannot be followed to a file: {error}") from error


def _typed(source: str, typed: str) -> Path:
    """As pytest-html and pytest read a path."""
    return typed_path(os.path.expandvars(typed), source, Path.cwd())


def _typed_file(config: pytest.Config, option: str) -> Named | None:
    """The file that an option names; None where it names none, or can be no path."""
    source, typed = f"--gate-{option}", config.getoption(f"gate_{option}")
    if typed is None:
        return None
    try:
        path = typed_path(typed, source, config.invocation_params.dir)
    except UsageError:
        return None
    # the champion may be a run or a tag as well
    return Named(source, path) if option != "champion" or os.path.lexists(path) else None
