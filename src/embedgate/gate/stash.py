"""The key of the gate run in pytest's stash. It imports nothing, since every project with embedgate loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.session import GateSession

GATE: pytest.StashKey[GateSession] = pytest.StashKey()
