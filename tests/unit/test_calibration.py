"""Bands from retrains of the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.calibration import limits
from embedgate.checks.registry import check_ids, check_of
from embedgate.config import Settings
from embedgate.judgement.against_champion import judged
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.comparison import Comparison
from embedgate.testing import GENRES, sample
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE = sample()
PLAYLISTS = SAMPLE.playlists()
SETTINGS = Settings.model_validate(
    {"model": {"track_separator": "-"}, "genres": {name: list(words) for name, words in GENRES.items()}}
)


def space(vectors: NDArray[np.floating]) -> EmbeddingSpace:
    """The sample's keys under vectors."""
    return EmbeddingSpace.of(SAMPLE.keys, vectors)


def retrains(noise: float, number: int = 3) -> list[EmbeddingSpace]:
    """Retrains that differ by as much noise."""
    return [space(retrained(SAMPLE.vectors, noise, seed)) for seed in range(number)]


def calibrated(spaces: list[EmbeddingSpace]) -> dict[str, float]:
    """Their limits."""
    return limits([(each, PLAYLISTS) for each in spaces], SETTINGS)


@pytest.fixture(scope="module")
def quiet() -> dict[str, float]:
    """Limits from retrains that hardly differ."""
    return calibrated(retrains(0.05))


@pytest.fixture(scope="module")
def loud() -> dict[str, float]:
    """Limits from retrains that differ a lot."""
    return calibrated(retrains(0.5))


def test_every_check_of_the_champion_has_a_limit(quiet: dict[str, float]) -> None:
    """All but the slide, which is no matter of retrains; each genre has its own."""
    ids = {each for each in check_ids(SETTINGS) if each.startswith("champion.")}

    assert set(quiet) == ids - {"champion.regression"}
    assert "champion.genre_displacement[jazz]" in quiet


def test_retrains_that_differ_more_have_wider_bands(quiet: dict[str, float], loud: dict[str, float]) -> None:
    """On the side that is bounded, never narrower by more than chance, and much wider where neighbours change.

    What is a share of the champion's lead is left out: retrains that differ more lead by less.
    """
    for check_id, limit in quiet.items():
        band = check_of(check_id).band
        assert band is not None
        away = -1 if band.kind == "at_least" else 1
        if band.of != "scale" and not check_id.startswith("champion.genre_displacement"):
            assert away * (loud[check_id] - limit) >= -0.02, check_id
    assert loud["champion.overlap"] < quiet["champion.overlap"] - 0.2


def test_retrains_pass_the_bands_that_were_made_of_them(loud: dict[str, float]) -> None:
    """Each beside each other, judged as the checks do; keys dealt out in one of them still fail."""
    settings = SETTINGS.model_copy(update={"bands": SETTINGS.bands.model_copy(update={"limits": loud})})
    one, other, _ = retrains(0.5)

    def outcomes(candidate: EmbeddingSpace) -> dict[str, str]:
        model = ModelUnderTest.configured(candidate, PLAYLISTS, settings)
        return {each.id: each.outcome for each in judged(Comparison(ModelPair(model, other)), settings)}

    assert set(outcomes(one).values()) == {"passed"}
    broken = permute_vectors(one.vectors, np.random.default_rng(0).permutation(len(SAMPLE.keys))[:30])
    assert outcomes(space(broken))["champion.misplaced"] == "failed"


def test_the_order_of_the_retrains_does_not_matter(quiet: dict[str, float]) -> None:
    """Each pair is compared both ways."""
    assert calibrated(retrains(0.05)[::-1]) == pytest.approx(quiet)


def test_progress_is_told_pair_by_pair() -> None:
    """Three retrains are six pairs; what cannot be measured has no limit, and breaks nothing."""
    told: list[float] = []
    few = [EmbeddingSpace.of(SAMPLE.keys[:20], each.vectors[:20]) for each in retrains(0.05)]
    found = limits([(each, PLAYLISTS) for each in few], SETTINGS, told.append)

    assert told == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert "champion.match_auc" not in found
    assert found["champion.churn"] == 0.01


def test_retrains_without_a_track_in_common_break_nothing() -> None:
    """Then hardly a check has a limit."""
    apart = [EmbeddingSpace.of([f"{run}{key}" for key in SAMPLE.keys], SAMPLE.vectors) for run in "abc"]

    assert "champion.accuracy" not in calibrated(apart)


def test_two_retrains_show_no_spread() -> None:
    """Three are needed."""
    with pytest.raises(ValueError, match="2 retrains show no spread: 3 are needed"):
        calibrated(retrains(0.05, 2))
