"""One recording, one key."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.material.model import ModelUnderTest
from embedgate.measures import duplicates
from embedgate.measures.evidence import Evidence


@pytest.mark.gate_check("duplicates.rate")
def test_few_tracks_are_copies(gate_judge: GateJudge, gate_model: ModelUnderTest, gate_evidence: Evidence) -> None:
    """No more tracks are copies of another than you allow."""
    gate_judge(duplicates.redundant_share(gate_model, gate_evidence.duplicates))


@pytest.mark.gate_check("duplicates.twins")
def test_copies_are_near_their_twin(
    gate_judge: GateJudge, gate_model: ModelUnderTest, gate_evidence: Evidence
) -> None:
    """A copy has its twin among its ten nearest more often than chance gives."""
    gate_judge(duplicates.twin_recall(gate_model, gate_evidence.duplicates))


@pytest.mark.gate_check("duplicates.directions")
def test_no_two_recordings_point_the_same_way(
    gate_judge: GateJudge, gate_model: ModelUnderTest, gate_evidence: Evidence
) -> None:
    """No track points exactly where a different recording points."""
    gate_judge(duplicates.shared_directions(gate_model, gate_evidence.duplicates))
