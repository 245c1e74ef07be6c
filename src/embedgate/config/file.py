"""Read and validate a quality_checks.toml."""

from __future__ import annotations

import hashlib
import stat
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from embedgate.config.invalid_keys import explain
from embedgate.config.settings import Settings
from embedgate.errors import ConfigError
from embedgate.paths import kind_of_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG_NAME = "quality_checks.toml"


@dataclass(frozen=True)
class Config:
    """Settings, and the file that they were read from.

    Attributes:
        settings: the content of the file, or the defaults.
        path: the file; None if there is none.
        shown: the path for header, verdict and messages; None if there is no file.
        sha256: SHA-256 of the file's bytes.
    """

    settings: Settings
    path: Path | None = None
    shown: str | None = None
    sha256: str | None = None

    def with_flow(self, flow: str | None) -> Config:
        """Let `--gate-flow` override `[model] flow`."""
        if flow is None:
            return self
        model = self.settings.model.model_copy(update={"flow": flow})
        return replace(self, settings=self.settings.model_copy(update={"model": model}))


def load_config(path: Path, shown: str) -> Config:
    """Read and validate a quality_checks.toml.

    Raises:
        ConfigError: if it is not a regular file, cannot be read, is not TOML, or has an unknown key; names the
            file, the key and the nearest valid name.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(f"the config {shown} is {kind_of_file(mode)}, not a file: move it away, or use another")
        raw = path.read_bytes()
    except OSError as error:
        link = " (it is a broken symbolic link)" if path.is_symlink() and not path.exists() else ""
        raise ConfigError(f"the config {shown} cannot be read: {error.strerror or error}{link}") from error
    return parse_config(raw, shown, path)


def parse_config(raw: bytes, shown: str, path: Path | None = None) -> Config:
    """Validate the bytes of a quality_checks.toml.

    Args:
        raw: its content.
        shown: its name in messages.
        path: where it was read; None if it is not a file here.

    Raises:
        ConfigError: if it is not TOML, or has an unknown key; names the file, the key and the nearest valid name.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except ValueError as error:  # invalid TOML, not UTF-8, a number of 5,000 digits
        raise ConfigError(f"{shown} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{shown} is not valid TOML: it is nested too deeply") from error
    return Config(settings_of(data, shown), path, shown, hashlib.sha256(raw).hexdigest())


def settings_of(data: Mapping[str, Any], shown: str) -> Settings:
    """Validate the content of a quality_checks.toml.

    Args:
        data: tables and values as `tomllib` returns them.
        shown: its name in messages.

    Raises:
        ConfigError: names the key and the nearest valid name.
    """
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        lines = "\n".join(f"  {explain(problem, Settings)}" for problem in error.errors())
        raise ConfigError(f"{shown} cannot be used:\n{lines}") from None
