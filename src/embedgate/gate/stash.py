"""The key of a gate run's state in pytest's stash. Every pytest run imports this module, so it imports little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.session import GateSession

GATE: pytest.StashKey[GateSession] = pytest.StashKey()
