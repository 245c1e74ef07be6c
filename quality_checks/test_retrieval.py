"""What was played next is found near what was played last."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.measures import retrieval
from embedgate.measures.evidence import Evidence


@pytest.mark.gate_check("retrieval.hit_rate")
def test_the_next_track_is_found(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """The next track is among the ten nearest more often than chance gives."""
    gate_judge(retrieval.hit_rate(gate_evidence.next_track))


@pytest.mark.gate_check("retrieval.ndcg")
def test_the_next_track_stands_high(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """The next track stands high among the ten nearest."""
    gate_judge(retrieval.ndcg(gate_evidence.next_track))


@pytest.mark.gate_check("retrieval.popularity")
def test_the_space_beats_the_charts(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """The space foretells the next track better than the ten most played do."""
    gate_judge(retrieval.lead_over_popularity(gate_evidence.next_track))
