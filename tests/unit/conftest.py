"""A sound model and three broken ones, built once for all unit tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.measures.evidence import Evidence
from embedgate.testing import Sample, sample, sample_model


@pytest.fixture(scope="session")
def sound_sample() -> Sample:
    """Keys, vectors and playlists of a sound model, with keys in random order."""
    made = sample()
    order = np.random.default_rng(0).permutation(len(made.keys))
    return replace(made, keys=[made.keys[row] for row in order], vectors=made.vectors[order])


@pytest.fixture(scope="session")
def model() -> ModelUnderTest:
    """The sound model."""
    return sample_model()


@pytest.fixture(scope="session")
def evidence(model: ModelUnderTest) -> Evidence:
    """Measurements of the sound model."""
    return Evidence(model, {}, 0.95)


@pytest.fixture(scope="session")
def shuffled(sound_sample: Sample) -> Evidence:
    """Measurements of the sound vectors, permuted over the keys."""
    order = np.random.default_rng(1).permutation(len(sound_sample.keys))
    return Evidence(sample_model(replace(sound_sample, vectors=sound_sample.vectors[order])), {}, 0.95)


@pytest.fixture(scope="session")
def shifted(sound_sample: Sample) -> Evidence:
    """Measurements of the sound vectors, in which each key has the vector of the previous key."""
    return Evidence(sample_model(replace(sound_sample, vectors=np.roll(sound_sample.vectors, 1, axis=0))), {}, 0.95)


@pytest.fixture(scope="session")
def collapsed(sound_sample: Sample) -> Evidence:
    """Measurements of a space in which all vectors are equal."""
    return Evidence(sample_model(replace(sound_sample, vectors=np.ones_like(sound_sample.vectors))), {}, 0.95)
