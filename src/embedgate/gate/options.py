"""The validated options of a gate run."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.config.file import CONFIG_NAME, Config, load_config
from embedgate.config.settings import Settings
from embedgate.errors import ConfigError, UsageError
from embedgate.gate.outputs import check_history, inputs_of, outputs_of, verdict_path
from embedgate.output_files import Named, check_outputs
from embedgate.paths import typed_path
from embedgate.sources import champion_file
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.records import Request
from embedgate.sources.resolve import NO_CHAMPION, vectors_file_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_VALUES = {
    "config": "a path",
    "flow": "the name of a flow",
    "run": "FLOW/ID or an ID",
    "tag": "a tag",
    "namespace": "a namespace",
    "vectors": "a path",
    "playlists": "a path",
    "champion": "FLOW/ID, a tag, a file or none",
    "verdict": "a path",
}
"""The value of each option, for messages."""


@dataclass(frozen=True, slots=True)
class GateOptions:
    """The validated options of a gate run.

    Attributes:
        config: quality_checks.toml; `--gate-flow` overrides its flow.
        request: the model to test.
        verdict: path of the verdict.
        promote: whether the run becomes champion if it passes.
        drill: whether faults are injected after the checks.
        history: folder of the history.
        folder: where pytest was started.
        champion: the reference for `resolve_champion`; None for its default.
    """

    config: Config
    request: Request
    verdict: Path
    promote: bool
    drill: bool
    history: Path
    folder: Path
    champion: str | None = None


def read_options(config: pytest.Config) -> GateOptions:
    """Validate the options of a gate run, and read its config.

    Raises:
        UsageError: if they contradict each other or the config file.
    """
    here = config.invocation_params.dir

    def path(name: str) -> Path | None:
        typed = config.getoption(f"gate_{name}")
        return None if typed is None else typed_path(typed, f"--gate-{name}", here)

    _reject_empty(config)
    run, tag = config.getoption("gate_run"), config.getoption("gate_tag")
    vectors, playlists = path("vectors"), path("playlists")
    promote, drill = bool(config.getoption("gate_promote")), bool(config.getoption("gate_drill"))
    if run is not None and tag is not None:
        raise UsageError("--gate-run and --gate-tag cannot be combined: set only one of them")
    if (vectors is None) != (playlists is None):
        given, missing = ("vectors", "playlists") if playlists is None else ("playlists", "vectors")
        raise UsageError(f"--gate-{given} needs --gate-{missing}: set both")
    if vectors is not None and (run is not None or tag is not None):
        raise UsageError("--gate-vectors cannot be combined with --gate-run or --gate-tag: set either files or a run")
    if promote and drill:
        raise UsageError("--gate-drill cannot be combined with --gate-promote: a drill does not promote")
    settings_file = _config_of(config, path("config"))
    loaded = settings_file.with_flow(config.getoption("gate_flow"))
    model = loaded.settings.model
    if vectors is None and model.flow is None and "/" not in (run or ""):
        where = f"{loaded.shown} has no [model] flow" if loaded.path else f"there is no {CONFIG_NAME} in {here}"
        raise UsageError(
            f"no model to test: {where}. Set --gate-flow=NAME or --gate-run=FLOW/ID, or give files "
            "with --gate-vectors=FILE --gate-playlists=FILE"
        )
    history = typed_path(loaded.settings.history.folder, f"{loaded.shown}: [history] folder", here)
    check_history(history, outputs_of(config), inputs_of(config))
    if vectors is not None:
        recorded = [Named("the recorded champion", path) for path in champion_file.recorded_files(history)]
        check_outputs(outputs_of(config), recorded)
    catalogue = loaded.settings.catalogue
    if catalogue is not None and catalogue.source is not None and not catalogue.is_artifact:
        setting = f"{loaded.shown}: [catalogue] source"
        check_outputs(outputs_of(config), [Named(setting, typed_path(catalogue.source, setting, here))])
    return GateOptions(
        config=loaded,
        request=Request(
            flow=model.flow,
            run=run,
            tag=tag,
            namespace=config.getoption("gate_namespace"),
            vectors_artifact=model.vectors,
            keys_artifact=model.keys,
            playlists_artifact=model.playlists,
            columns=PlaylistColumns(model.columns.given),
            vectors_file=vectors,
            playlists_file=playlists,
            history=history,
        ),
        verdict=verdict_path(config),
        promote=promote,
        drill=drill,
        history=history,
        folder=here,
        champion=_champion(config.getoption("gate_champion"), here),
    )


def _reject_empty(config: pytest.Config) -> None:
    """Reject an option with an empty value: `--gate-tag=` must not be taken for no tag."""
    for name, what in _VALUES.items():
        typed = config.getoption(f"gate_{name}")
        if typed is not None and not typed.strip():
            raise UsageError(f"--gate-{name} is empty: write {what} after it, or leave the option out")


def _champion(typed: str | None, here: Path) -> str | None:
    """Return the reference as given; if it is a file, its absolute path."""
    if typed is None or typed == NO_CHAMPION:
        return typed
    file = vectors_file_of(typed, here)
    if file is None:
        typed_path(typed, "--gate-champion", here)  # rejects ~ and an unknown user
    return typed if file is None else str(file)


def _config_of(config: pytest.Config, given: Path | None) -> Config:
    """Return the given config, else the one where pytest was started or beside the ini file, else the defaults."""
    here = config.invocation_params.dir
    if given is not None:
        if not os.path.lexists(given):
            folder = sorted(each.name for each in given.parent.glob("*.toml")) if given.parent.is_dir() else []
            near = difflib.get_close_matches(given.name, folder, n=1)
            hint = f"; did you mean {near[0]}?" if near else ": correct the path"
            raise ConfigError(f"the config {given}, given by --gate-config, does not exist{hint}")
        found = given
    else:
        folders = [here, *([config.inipath.parent] if config.inipath else [])]
        # a config that exists but cannot be read is an error, never a reason to use another
        existing = [each / CONFIG_NAME for each in folders if os.path.lexists(each / CONFIG_NAME)]
        if not existing:
            return Config(Settings())
        found = existing[0]
    try:
        shown = found.relative_to(here).as_posix()
    except ValueError:
        shown = str(found)
    return reject_config_errors(load_config(found, shown))
