"""The map represents the space faithfully."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("map.faithfulness")
def test_map_is_faithful(gate_check: GateCheck) -> None:
    """Neighbours on the map are neighbours in the space."""
    gate_check()
