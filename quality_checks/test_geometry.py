"""The shape of the space."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.material.model import ModelUnderTest
from embedgate.measures import geometry


@pytest.mark.gate_check("geometry.collapse")
def test_vectors_point_in_different_directions(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """The space has not collapsed into one direction."""
    gate_judge(geometry.mean_cosine(gate_model))


@pytest.mark.gate_check("geometry.effective_rank")
def test_dimensions_are_used(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """As many dimensions are used as you ask for."""
    gate_judge(geometry.effective_rank(gate_model))


@pytest.mark.gate_check("geometry.hubness")
def test_no_track_is_everybodys_neighbour(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """Hubs are as few as you ask for."""
    gate_judge(geometry.hubness(gate_model))


@pytest.mark.gate_check("geometry.unreached")
def test_tracks_can_be_reached(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """As few tracks are nobody's neighbour as you ask for."""
    gate_judge(geometry.unreached(gate_model))


@pytest.mark.gate_check("geometry.norm_popularity")
def test_length_does_not_follow_popularity(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """The length of a vector follows its track's plays no more than you allow."""
    gate_judge(geometry.norm_against_popularity(gate_model))
