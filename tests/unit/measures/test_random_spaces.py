"""200 random spaces must fail the tests of the whole space and of the genres."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from embedgate.measures import labelled_graph, neighbourhood, retrieval
from embedgate.measures.evidence import Evidence
from embedgate.statistics import Null, permutation_null
from embedgate.testing import sample, sample_model

SPACES = 200
LEVEL = 0.01
PERMUTATIONS = 100
"""The smallest number; the checks use more."""
TESTS = ("same_artist", "co_listening", "hit_rate", "rock", "rap", "jazz", "accuracy")


@pytest.fixture(scope="module")
def passes() -> dict[str, list[bool]]:
    """Whether each random space passes, by test, at a level of 0.01."""
    given = sample(artists_per_genre=6, tracks_per_artist=5, playlists=120)
    found: dict[str, list[bool]] = {name: [] for name in TESTS}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(labelled_graph, "PERMUTATIONS", PERMUTATIONS)
        patched.setattr(neighbourhood, "_MAX_PAIRS", 1_000)
        patched.setattr(retrieval, "PERMUTATIONS", PERMUTATIONS)
        patched.setattr(neighbourhood, "permutation_null", partial(permutation_null, permutations=PERMUTATIONS))
        for seed in range(SPACES):
            vectors = np.random.default_rng(seed).standard_normal(given.vectors.shape).astype(np.float32)
            evidence = Evidence(sample_model(replace(given, vectors=vectors)), {}, 0.95)
            measured = (
                evidence.same_artist.measurement,
                evidence.co_listening.measurement,
                retrieval.hit_rate(evidence.next_track),
                *(score.auc for score in evidence.space_separation.genres),
                evidence.space_separation.accuracy,
            )
            for name, one in zip(TESTS, measured, strict=True):
                assert one.value is not None
                assert one.null is not None
                found[name].append(one.value >= Null(one.null.scores, LEVEL).critical)
    return found


def test_no_random_space_passes_all_tests(passes: dict[str, list[bool]]) -> None:
    """No random space passes all three tests of the whole space either."""
    broad = np.array([passes[name] for name in TESTS[:3]])

    assert not np.array(list(passes.values())).all(axis=0).any()
    assert not broad.all(axis=0).any()


@pytest.mark.parametrize("name", TESTS)
def test_each_test_keeps_its_level(passes: dict[str, list[bool]], name: str) -> None:
    """At a level of 0.01, the probability that more than 7 of 200 pass is 0.001."""
    assert sum(passes[name]) <= 7


def test_average_share_of_passes_is_near_the_level(passes: dict[str, list[bool]]) -> None:
    """The average is over all tests and spaces."""
    assert 0.004 < float(np.mean(list(passes.values()))) < 0.016
