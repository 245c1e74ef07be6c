"""The shape of the space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("geometry.collapse")
def test_vectors_differ_in_direction(gate_check: GateCheck) -> None:
    """The space has not collapsed into one direction."""
    gate_check()


@pytest.mark.gate_check("geometry.effective_rank")
def test_dimensions_are_used(gate_check: GateCheck) -> None:
    """The effective rank is within the configured bound."""
    gate_check()


@pytest.mark.gate_check("geometry.hubness")
def test_there_are_few_hubs(gate_check: GateCheck) -> None:
    """The hubness is within the configured bound."""
    gate_check()


@pytest.mark.gate_check("geometry.antihubs")
def test_tracks_are_reachable(gate_check: GateCheck) -> None:
    """The share of tracks that are not a neighbour of any track is within the configured bound."""
    gate_check()


@pytest.mark.gate_check("geometry.norm_popularity")
def test_norm_is_independent_of_popularity(gate_check: GateCheck) -> None:
    """The correlation of norms and plays is within the configured bound."""
    gate_check()
