"""Is this pytest run a gate run? Asked in every project that has embedgate installed: nothing heavy here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SUITE = "quality_checks"
INSTALLED_SUITE = "embedgate.quality_checks"
_LISTINGS = (
    "collectonly",
    "help",
    "version",
    "markers",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
)


def is_gate_run(config: pytest.Config) -> bool:
    """Whether the arguments reach a `quality_checks` folder or the installed suite, or name `--gate-verdict`.

    Listings (`--collect-only`, `--help`, `--fixtures`) run nothing, and are none.
    """
    if any(getattr(config.option, listing, False) for listing in _LISTINGS):
        return False
    if config.getoption("gate_verdict") is not None:
        return True
    return any(_reaches_suite(config, argument) for argument in config.args)


def _reaches_suite(config: pytest.Config, argument: str) -> bool:
    name = argument.partition("::")[0]
    if config.getoption("pyargs") and (name + ".").startswith(INSTALLED_SUITE + "."):
        return True
    path = config.invocation_params.dir / name
    return SUITE in path.absolute().parts or (path / SUITE).is_dir()
