"""A sound model, made once for all unit tests."""

from __future__ import annotations

import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.measures.evidence import Evidence
from embedgate.testing import sample_model


@pytest.fixture(scope="session")
def model() -> ModelUnderTest:
    """The sound sample."""
    return sample_model()


@pytest.fixture(scope="session")
def evidence(model: ModelUnderTest) -> Evidence:
    """Its measurements."""
    return Evidence(model, {}, 0.95)
