"""Vector integrity: finite, non-zero, unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("integrity.finite")
def test_every_component_is_finite(gate_check: GateCheck) -> None:
    """No vector contains NaN or infinity."""
    gate_check()


@pytest.mark.gate_check("integrity.zero_rows")
def test_no_vector_is_zero(gate_check: GateCheck) -> None:
    """No vector is all zeros."""
    gate_check()


@pytest.mark.gate_check("integrity.repeated_keys")
def test_keys_are_unique(gate_check: GateCheck) -> None:
    """No track has two vectors."""
    gate_check()


@pytest.mark.gate_check("integrity.constant_dimensions")
def test_every_dimension_varies(gate_check: GateCheck) -> None:
    """No dimension has the same value for every track."""
    gate_check()


@pytest.mark.gate_check("integrity.identical_rows")
def test_vectors_are_unique(gate_check: GateCheck) -> None:
    """No two tracks have the same vector."""
    gate_check()
