"""embedding-drift-monitor: the command `edm compare`, with its default thresholds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner
from edm.cli import main

if TYPE_CHECKING:
    from pathlib import Path

_SEVERITIES = ("LOW", "MODERATE", "HIGH", "CRITICAL")


def compare(champion: Path, candidate: Path) -> tuple[bool, float]:
    """Return whether the severity is CRITICAL ("do not deploy"), and its rank from 0 (LOW) to 3.

    Raises:
        RuntimeError: the command fails.
    """
    done = CliRunner().invoke(main, ["compare", str(champion), str(candidate), "--format", "json", "--quiet"])
    if done.exit_code:
        raise RuntimeError(done.stderr.strip() or repr(done.exception))
    severity = json.loads(done.stdout)["overall_severity"]
    return severity == "CRITICAL", float(_SEVERITIES.index(severity))
