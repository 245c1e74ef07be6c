"""The option `--config` of commands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.config.file import CONFIG_NAME, Config, load_config
from embedgate.config.settings import Settings
from embedgate.paths import typed_path

if TYPE_CHECKING:
    import argparse


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument("--config", metavar="FILE", help=f"default: {CONFIG_NAME} here, if there is one")


def config_of(given: str | None) -> Config:
    """Return the given config, else the one in the working directory, else the defaults.

    Raises:
        ConfigError: if it cannot be read or is invalid.
    """
    if given is not None:
        return load_config(typed_path(given, "--config"), given)
    # a config that exists but cannot be read is an error, never a reason to go on without it
    return load_config(Path(CONFIG_NAME), CONFIG_NAME) if os.path.lexists(CONFIG_NAME) else Config(Settings())
