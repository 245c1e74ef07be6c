"""The map tells the truth about the space."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.measures.evidence import Evidence
from embedgate.measures.map_faithfulness import map_faithfulness


@pytest.mark.gate_check("map.faithfulness")
def test_the_map_is_faithful(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """Neighbours on the map are neighbours in the space."""
    gate_judge(map_faithfulness(gate_evidence.faithfulness))
