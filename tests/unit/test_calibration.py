"""Calibration of retrain bands on retrains of the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.calibration import limits
from embedgate.checks.registry import check_ids, check_of
from embedgate.config.settings import Settings
from embedgate.engine import Engine, evidence_of
from embedgate.material.space import EmbeddingSpace
from embedgate.testing import GENRES, sample
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = sample()
PLAYLISTS = SAMPLE.playlists()
SETTINGS = Settings.model_validate(
    {"model": {"track_separator": "-"}, "genres": {name: list(words) for name, words in GENRES.items()}}
)
CHAMPION_IDS = [each for each in check_ids(SETTINGS) if each.startswith("champion.")]


def space(vectors: NDArray[np.floating]) -> EmbeddingSpace:
    """Return a space with the keys of the sample."""
    return EmbeddingSpace.of(SAMPLE.keys, vectors)


def retrains(noise: float, number: int = 3) -> list[EmbeddingSpace]:
    """Return retrains of the sample.

    Args:
        noise: standard deviation of the added noise, relative to the length of a vector.
        number: number of retrains.
    """
    return [space(retrained(SAMPLE.vectors, noise, seed)) for seed in range(number)]


def calibrated(spaces: list[EmbeddingSpace]) -> dict[str, float]:
    return limits([(each, PLAYLISTS, None) for each in spaces], SETTINGS)


@pytest.fixture(scope="module")
def similar() -> dict[str, float]:
    """Limits from retrains that differ little."""
    return calibrated(retrains(0.05))


@pytest.fixture(scope="module")
def different() -> dict[str, float]:
    """Limits from retrains that differ much."""
    return calibrated(retrains(0.5))


def test_every_champion_check_except_the_regression_has_a_limit(similar: dict[str, float]) -> None:
    """The regression over past champions does not depend on retrains, and no artist has twenty tracks."""
    without_limit = {"champion.regression", "champion.artist_displacement", "champion.artist_agreement"}
    assert set(similar) == {*CHAMPION_IDS} - without_limit
    assert "champion.genre_displacement[jazz]" in similar


def test_retrains_that_differ_more_have_wider_bands(similar: dict[str, float], different: dict[str, float]) -> None:
    """Limits that are shares of the champion's lead are excluded, because noisier retrains have a smaller lead."""
    for check_id, limit in similar.items():
        band = check_of(check_id).band
        assert band is not None
        away = -1 if band.kind == "at_least" else 1
        if band.share_of not in ("scale", "critical"):
            assert away * (different[check_id] - limit) >= -0.02, check_id
    assert different["champion.overlap"] < similar["champion.overlap"] - 0.2


def test_retrains_are_within_their_bands_and_permuted_keys_are_outside(different: dict[str, float]) -> None:
    settings = SETTINGS.model_copy(update={"bands": SETTINGS.bands.model_copy(update={"limits": different})})
    one, other, _ = retrains(0.5)

    def outcomes(candidate: EmbeddingSpace) -> dict[str, str]:
        engine = Engine(evidence_of(candidate, PLAYLISTS, settings, other), settings)
        return {each.id: each.outcome for each in engine.evaluate(different)}

    assert set(outcomes(one).values()) == {"passed"}
    broken = permute_vectors(one.vectors, np.random.default_rng(0).permutation(len(SAMPLE.keys))[:30])
    assert outcomes(space(broken))["champion.misplaced"] == "failed"


def test_order_of_the_retrains_does_not_matter(similar: dict[str, float]) -> None:
    """Each pair is compared in both directions."""
    assert calibrated(retrains(0.05)[::-1]) == pytest.approx(similar)


def test_progress_is_reported_pair_by_pair() -> None:
    """Three retrains have six pairs; a check that cannot be measured has no limit."""
    progress: list[float] = []
    few = [EmbeddingSpace.of(SAMPLE.keys[:20], each.vectors[:20]) for each in retrains(0.05)]

    found = limits([(each, PLAYLISTS, None) for each in few], SETTINGS, progress.append)

    assert progress == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert "champion.match_auc" not in found
    assert found["champion.churn"] == 0.01


def test_retrains_without_shared_tracks_have_no_limit_for_shared_tracks() -> None:
    apart = [EmbeddingSpace.of([f"{run}{key}" for key in SAMPLE.keys], SAMPLE.vectors) for run in "abc"]

    assert "champion.accuracy" not in calibrated(apart)


def test_two_retrains_are_rejected() -> None:
    with pytest.raises(ValueError, match="2 retrains show no spread: expected >= 3"):
        calibrated(retrains(0.05, 2))
