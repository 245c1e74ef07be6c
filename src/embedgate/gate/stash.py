"""Where the state of a gate run is kept; nothing heavy here, since every pytest run imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.session import GateSession

GATE: pytest.StashKey[GateSession] = pytest.StashKey()
"""Key of a gate run's state in pytest's stash."""
