"""The t-SNE map."""

from __future__ import annotations

from embedgate.checks.bounds import at_least
from embedgate.checks.check import Check
from embedgate.measures.map_faithfulness import map_faithfulness
from embedgate.measures.tolerance import MIN_TRUSTWORTHINESS

CHECKS = (
    Check(
        id="map.faithfulness",
        question="Does the map preserve the neighbourhoods of the space?",
        measure=lambda evidence, _: map_faithfulness(evidence.faithfulness),
        severity="warn",  # a defect of the map, not of the model
        bound=at_least(MIN_TRUSTWORTHINESS, "null", constant=True),
        headline=True,
        needs_map=True,
    ),
)
