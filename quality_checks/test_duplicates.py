"""Each recording has one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("duplicates.rate")
def test_few_tracks_are_duplicates(gate_check: GateCheck) -> None:
    """The share of duplicate tracks is within the configured bound."""
    gate_check()


@pytest.mark.gate_check("duplicates.recall")
def test_duplicates_are_neighbours(gate_check: GateCheck) -> None:
    """A duplicate is among the ten nearest neighbours of its original more often than chance."""
    gate_check()


@pytest.mark.gate_check("duplicates.identical_directions")
def test_different_recordings_differ_in_direction(gate_check: GateCheck) -> None:
    """No two different recordings have the same direction."""
    gate_check()
