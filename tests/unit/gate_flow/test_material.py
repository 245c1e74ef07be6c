"""What the gate flow loads."""

from __future__ import annotations

import pytest

from embedgate.errors import UsageError
from embedgate.gate_flow import material


def test_gate_flow_refuses_models_of_other_sources() -> None:
    with pytest.raises(
        UsageError, match=r"tests runs of Metaflow: test models:/a/1 with pytest --gate-run=models:/a/1"
    ):
        material.load(run="models:/a/1")
