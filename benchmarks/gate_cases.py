"""A case of `same_verdicts`: gate runs of one folder, and the files that they read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

INPUTS = "{inputs}"
"""Placeholder in arguments for the folder of the inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Consecutive gate runs in one folder.

    Attributes:
        name: name of the case.
        runs: arguments of each run.
        config: text of quality_checks.toml; None for no file.
        datastore: whether the folder has a copy of the Metaflow datastore of the inputs.
    """

    name: str
    runs: Sequence[Sequence[str]]
    config: str | None = None
    datastore: bool = False


def vectors_file(folder: Path, name: str, keys: Sequence[str], matrix: NDArray[np.floating]) -> str:
    """Write vectors; return the argument to test them."""
    path = folder / f"{name}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez(path, keys=np.array(keys, dtype=str), vectors=np.asarray(matrix, dtype=np.float32))
    return argument("vectors", folder, path)


def playlists_file(folder: Path, name: str, frame: pd.DataFrame) -> str:
    """Write playlists; return the argument to test with them."""
    path = folder / f"{name}.parquet"
    frame.to_parquet(path)
    return argument("playlists", folder, path)


def argument(option: str, folder: Path, path: Path) -> str:
    """Return a `--gate-...` argument for a file of the inputs."""
    return f"--gate-{option}={INPUTS}/{path.relative_to(folder).as_posix()}"


def as_champion(vectors: str) -> str:
    """Turn the argument to test vectors into the one to compare with them."""
    return vectors.replace("--gate-vectors", "--gate-champion", 1)
