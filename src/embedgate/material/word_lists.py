"""Read the word lists in the folder `words`; each file states its source."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

_FOLDER = files("embedgate.material") / "words"


def read_words(name: str) -> dict[str, Any]:
    """Return the tables of `words/<name>.toml`."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


def simplified_han() -> dict[str, str]:
    """Return the simplified form of traditional Han characters."""
    lines = (_FOLDER / "han.txt").read_text("utf-8").splitlines()
    return {pair[0]: pair[1] for line in lines if not line.startswith("#") for pair in line.split()}
