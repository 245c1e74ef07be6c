"""Decide whether a track embedding may be promoted.

    import embedgate

    model = embedgate.load_files("vectors.npz", "playlists.parquet")
    verdict = embedgate.evaluate(model, config="quality_checks.toml")
    verdict.raise_for_failure()

The same checks run as tests with `pytest quality_checks`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedgate.api import Verdict, drill, evaluate
    from embedgate.errors import ConfigError, EmbedgateError, GateFailed, UnavailableError, UsageError
    from embedgate.judgement.diagnosis_record import Diagnosis
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.measurement import Measurement
    from embedgate.sources.resolve import load_files, load_run

__version__ = "0.1.0"
__all__ = [
    "CheckResult",
    "ConfigError",
    "Diagnosis",
    "EmbedgateError",
    "GateFailed",
    "Measurement",
    "UnavailableError",
    "UsageError",
    "Verdict",
    "drill",
    "evaluate",
    "load_files",
    "load_run",
]

_MODULES = {
    "embedgate.api": ("Verdict", "drill", "evaluate"),
    "embedgate.errors": ("ConfigError", "EmbedgateError", "GateFailed", "UnavailableError", "UsageError"),
    "embedgate.judgement.diagnosis_record": ("Diagnosis",),
    "embedgate.judgement.result": ("CheckResult",),
    "embedgate.measures.measurement": ("Measurement",),
    "embedgate.sources.resolve": ("load_files", "load_run"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import embedgate` is cheap."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
