"""Why a pickled artifact could not be loaded: which package it needs, which are installed."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from embedgate.errors import ArtifactUnreadable

PICKLED_BY = ("gensim", "numpy", "pandas", "metaflow")
"""What pickles of vectors and playlists are made of, and so depend on."""


def unreadable(error: Exception, where: str, made_with: str = "") -> ArtifactUnreadable:
    """Describe a failed load.

    Args:
        error: what was raised.
        where: what was loaded: "artifact 'final_vectors' of run F/1".
        made_with: versions it was made with, where they are recorded.

    Returns:
        The error to raise from `error`.
    """
    made = f"It was made with {made_with}; installed here: " if made_with else "Installed here: "
    return ArtifactUnreadable(f"{where} cannot be loaded: {_cause(error)}. {made}{_installed()}")


def _cause(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        if find_spec(package) is None:
            return f"it needs the package {package!r}, which is not installed here (import of {error.name} failed)"
        return (
            f"it needs the module {error.name!r}, which {package} {_version(package)} does not have: "
            f"install the version of {package} that it was made with"
        )
    said = f"{type(error).__name__}: {error}".rstrip(".")
    if isinstance(error, AttributeError) and "__main__" in said:
        return (
            f"it needs a class that was defined in the script that wrote it ({said}): "
            "move the class into a module that is installed here"
        )
    return said


def _installed() -> str:
    packages = (f"{package} {_version(package)}" for package in PICKLED_BY)
    return f"Python {platform.python_version()}, {', '.join(packages)}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(no version known)"
