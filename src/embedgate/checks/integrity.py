"""Vector integrity: finite, non-zero, unique."""

from __future__ import annotations

from embedgate.checks.bounds import at_most
from embedgate.checks.check import Check
from embedgate.measures import integrity

_NONE = at_most(0, "null", constant=True)

CHECKS = (
    Check(
        id="integrity.finite",
        question="Are all components of all vectors finite?",
        measure=lambda evidence, _: integrity.non_finite_rows(evidence.model.space),
        bound=_NONE,
        unit="count",
        headline=True,
    ),
    Check(
        id="integrity.zero_rows",
        question="Are all vectors non-zero?",
        measure=lambda evidence, _: integrity.zero_rows(evidence.model.space),
        bound=_NONE,
        unit="count",
    ),
    Check(
        id="integrity.repeated_keys",
        question="Are all keys unique?",
        measure=lambda evidence, _: integrity.repeated_keys(evidence.model.space),
        bound=_NONE,
        unit="count",
    ),
    Check(
        id="integrity.constant_dimensions",
        question="Does every dimension vary?",
        measure=lambda evidence, _: integrity.constant_dimensions(evidence.model.space),
        bound=_NONE,
        unit="count",
    ),
    Check(
        id="integrity.identical_rows",
        question="Are all vectors unique?",
        measure=lambda evidence, _: integrity.identical_rows(evidence.model.space),
        bound=_NONE,
        unit="count",
    ),
)
