"""Every vector is a vector."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import integrity


@pytest.mark.gate_check("integrity.finite")
def test_every_number_is_finite(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """No vector holds NaN or infinity."""
    gate_judge(integrity.non_finite_rows(gate_space))


@pytest.mark.gate_check("integrity.zero_rows")
def test_every_vector_has_a_direction(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """No vector is all zero."""
    gate_judge(integrity.zero_rows(gate_space))


@pytest.mark.gate_check("integrity.repeated_keys")
def test_every_key_stands_once(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """No track has two vectors."""
    gate_judge(integrity.repeated_keys(gate_space))


@pytest.mark.gate_check("integrity.constant_dimensions")
def test_every_dimension_varies(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """No dimension is the same for every track."""
    gate_judge(integrity.constant_dimensions(gate_space))


@pytest.mark.gate_check("integrity.identical_rows")
def test_every_track_has_a_vector_of_its_own(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """No two tracks have the same vector, number by number."""
    gate_judge(integrity.identical_rows(gate_space))
