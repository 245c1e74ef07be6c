"""The cause of missing tracks: a group without vectors."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.diagnosis.missing_group import group_missing
from tests.unit.diagnosis.cases import FAILED, INCONCLUSIVE, PASSED, SOUND, evidence

ROCK = [row for row, key in enumerate(SOUND.keys) if key.startswith("Rock")]
ARTIST = [row for row, key in enumerate(SOUND.keys) if key.startswith("Jazz Artist 00-")]


def without(rows: list[int]) -> list[int]:
    """Return the rows of the sample that are left."""
    return [row for row in range(len(SOUND.keys)) if row not in set(rows)]


@pytest.mark.parametrize(("rows", "name"), [(ROCK, "genre = rock"), (ARTIST, "artist 'Jazz Artist 00'")])
def test_missing_group_is_named(rows: list[int], name: str) -> None:
    kept = without(rows)

    found = group_missing(evidence(SOUND.vectors[kept], keys=[SOUND.keys[row] for row in kept]), FAILED)

    assert found is not None
    assert f"{len(rows):,} of the {len(rows):,} of {name} have no vector, and 0 of the" in found.sentence
    assert found.figures == {"missing_of_group": len(rows), "tracks_of_group": len(rows), "missing": len(rows)}
    (shown,) = found.examples.values()
    assert set(shown) <= {SOUND.keys[row] for row in rows}
    assert {"vocabulary.coverage", "champion.lost"} <= set(found.explains)
    assert "neighbours.co_listening" not in found.explains


def test_random_missing_tracks_have_no_group() -> None:
    for seed in range(20):
        kept = without(np.random.default_rng(seed).choice(len(SOUND.keys), 60, replace=False).tolist())
        of_rest = evidence(SOUND.vectors[kept], keys=[SOUND.keys[row] for row in kept])
        assert group_missing(of_rest, FAILED) is None


def test_few_of_a_group_are_no_cause() -> None:
    """All missing tracks are of the group, but most of the group has vectors."""
    kept = without(ROCK[: len(ROCK) // 3])

    assert group_missing(evidence(SOUND.vectors[kept], keys=[SOUND.keys[row] for row in kept]), FAILED) is None


def test_nothing_is_said_of_a_complete_vocabulary() -> None:
    for results in (FAILED, INCONCLUSIVE, PASSED):
        assert group_missing(evidence(), results) is None
