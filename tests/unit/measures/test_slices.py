"""Slices: known answers, a slice that was not learned, and sound models."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.registry import check_ids
from embedgate.config.file import settings_of
from embedgate.engine import Engine, evidence_for
from embedgate.material.metadata import TrackMetadata
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.slices import slices_of_column
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.retrieval import next_track
from embedgate.measures.slices import SliceScores
from embedgate.slices import POPULARITY, Slice
from embedgate.testing import GENRES, SEPARATOR, Sample, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.config.settings import Settings
    from embedgate.judgement.result import CheckResult

GENRE = {genre: Slice("genre", "genre", genre) for genre in GENRES}


@cache
def made() -> Sample:
    """A sound model of more playlists than usual, so that a third of them is enough evidence."""
    return sample(playlists=1_200, tracks_per_artist=12)


@cache
def settings() -> Settings:
    """Three genres, and a column of the catalogue."""
    return settings_of(
        {
            "model": {"track_separator": SEPARATOR},
            "genres": {genre: list(words) for genre, words in GENRES.items()},
            "catalogue": {"key": "key"},
            "slices": {"columns": ["side"]},
        },
        "config",
    )


def model_of(vectors: NDArray[np.floating], keys: list[str] | None = None) -> tuple[ModelUnderTest, Settings]:
    """Return a model of the sample with a column "side": the odd tracks of each artist are on side B."""
    playlists = made().playlists()
    side = {key: ("B" if int(key[-2:]) % 2 else "A",) for key in made().keys}
    metadata = TrackMetadata("", columns={"side": side})
    known = settings().sliced(slices_of_column("side", side, playlists))
    space = EmbeddingSpace.of(keys or made().keys, vectors)
    return ModelUnderTest.configured(space, playlists, known, metadata), known


def judged(
    vectors: NDArray[np.floating], keys: list[str] | None = None, *, champion: bool = False
) -> dict[str, CheckResult]:
    """Return the results of the checks of slices; the champion is the sound model."""
    model, known = model_of(vectors, keys)
    old = EmbeddingSpace.of(made().keys, made().vectors) if champion else None
    engine = Engine(evidence_for(model, known, old), known, compares=champion)
    found = engine.evaluate([one for one in check_ids(known) if ".slice" in one])
    assert not engine.errors
    return {result.id: result for result in found}


def rows_of(value: str) -> NDArray[np.intp]:
    """Return the rows of a genre ("Jazz") or of a side ("B")."""
    keys = made().keys
    inside = [key.startswith(value) or (value == "B" and int(key[-2:]) % 2) for key in keys]
    return np.flatnonzero(inside)


def damaged(value: str, how: str) -> NDArray[np.float32]:
    """Return vectors of which those of a slice are permuted among themselves, or random as before training."""
    vectors, rows, rng = made().vectors.copy(), rows_of(value), np.random.default_rng(0)
    if how == "permuted":
        vectors[rows] = vectors[rng.permutation(rows)]
    else:
        vectors[rows] = 0.01 * rng.standard_normal(vectors[rows].shape)
    return vectors


@pytest.mark.parametrize("champion", [False, True])
def test_sound_model_passes_in_every_slice(champion: bool) -> None:
    found = judged(made().vectors, champion=champion)

    assert {result.outcome for result in found.values()} <= {"passed", "off"}
    assert {one for one in found if one.startswith("retrieval")} == {
        f"retrieval.slice[{name}]"
        for name in (
            "popularity=head", "popularity=middle", "popularity=tail",
            "genre=rock", "genre=rap", "genre=jazz", "side=a", "side=b",
        )
    }  # fmt: skip


@pytest.mark.parametrize("how", ["permuted", "untrained"])
@pytest.mark.parametrize("champion", [False, True])
def test_slice_that_was_not_learned_fails_and_is_named(champion: bool, how: str) -> None:
    found = judged(damaged("Jazz", how), champion=champion)

    failed = {one for one, result in found.items() if result.outcome == "failed"}
    assert ("neighbours" if how == "untrained" else "retrieval") + ".slice[genre=jazz]" in failed
    assert all("genre=jazz" in one for one in failed)
    assert ("champion.slice[genre=jazz]" in failed) == champion


def test_slice_by_popularity_only_warns_without_a_champion() -> None:
    """Counting finds more of the head than of the tail; the champion decides whether the tail was learned before."""
    model, known = model_of(made().vectors)
    tail = Slice("popularity", "popularity", "tail")
    rows = model.playlist_track_numbers[model.slice_members[tail]]
    vectors = np.array([made().vectors[made().keys.index(key)] for key in model.tracks])
    vectors[rows] = 0.01 * np.random.default_rng(0).standard_normal(vectors[rows].shape)

    engine = Engine(
        evidence_for(model.with_vectors(vectors), known, EmbeddingSpace.of(made().keys, made().vectors)), known
    )

    assert engine.result("retrieval.slice[popularity=tail]").outcome == "warned"
    assert engine.result("champion.slice_agreement[popularity=tail]").outcome == "failed"


def test_value_of_a_column_that_was_not_learned_fails() -> None:
    found = judged(damaged("B", "untrained"))

    assert found["neighbours.slice[side=b]"].outcome == "failed"
    assert found["neighbours.slice[side=a]"].outcome == "passed"


def test_failed_slice_only_warns_if_the_champion_has_it_too() -> None:
    vectors = damaged("Jazz", "untrained")
    model, known = model_of(vectors)
    engine = Engine(evidence_for(model, known, EmbeddingSpace.of(made().keys, vectors)), known)

    result = engine.result("neighbours.slice[genre=jazz]")

    assert result.outcome == "warned"
    assert "the champion is not certainly better" in result.message
    assert engine.result("champion.slice[genre=jazz]").outcome == "not_applicable"


def test_slice_without_a_signal_in_the_playlists_does_not_fail() -> None:
    """Negative control: playlists of random tracks, and random vectors. Both know nothing."""
    rng = np.random.default_rng(0)
    keys = [f"t{number:03}" for number in range(300)]
    lists = [[keys[track] for track in rng.choice(300, 10, replace=False)] for _ in range(600)]
    space = EmbeddingSpace.of(keys, rng.standard_normal((300, 8)))
    model = ModelUnderTest(space, Playlists.of(map(str, range(600)), lists), slices=POPULARITY)

    scores = SliceScores(model, next_track(model))

    for measured in (*scores.retrieval.values(), *scores.co_listening.values()):
        assert "neither are the playlists" in measured.not_applicable
        assert measured.n > 100


def test_model_that_knows_nothing_is_not_a_matter_of_slices() -> None:
    """Random vectors on playlists with a signal fail the checks of the whole space, and no slice is singled out."""
    found = judged(np.random.default_rng(5).standard_normal(made().vectors.shape))

    outcomes = {one: result.outcome for one, result in found.items() if one.startswith(("neighbours", "retrieval"))}
    assert "failed" not in outcomes.values()
    assert list(outcomes.values()).count("inconclusive") > len(outcomes) / 2


def test_slice_of_few_observations_is_inconclusive_and_only_warns() -> None:
    model, _ = model_of(made().vectors)
    nobody = Slice("value", "side", "C")
    model = replace(model, slices=(nobody,))

    scores = SliceScores(model, next_track(model))

    for measured in (scores.retrieval[nobody], scores.co_listening[nobody]):
        assert "fewer than 20" in measured.inconclusive
        assert measured.default_severity == "warn"
    assert scores.coverage[nobody].not_applicable


def test_coverage_is_compared_with_equally_played_tracks() -> None:
    """A quarter of the tracks of side B has no vector, then all of them."""
    rows = rows_of("B")
    for share, outcome in ((0.1, "passed"), (1.0, "warned")):
        lost = set(np.random.default_rng(0).permutation(rows)[: round(share * len(rows))].tolist())
        kept = [row for row in range(len(made().keys)) if row not in lost]

        found = judged(made().vectors[kept], [made().keys[row] for row in kept])

        result = found["vocabulary.slice[side=b]"]
        assert result.outcome == outcome
        assert result.value == pytest.approx(1 - share, abs=0.05)
        assert result.bound is not None
        assert result.bound.limit == pytest.approx(0.8, abs=0.03)
        assert found["vocabulary.slice[side=a]"].value == 1.0
        assert len(result.tracks) == (len(lost) if outcome == "warned" else 0)
    assert {result.outcome for one, result in found.items() if "popularity" in one and "vocab" in one} == {"passed"}


def test_hit_rate_of_a_slice_is_that_of_its_next_tracks() -> None:
    model, _ = model_of(made().vectors)
    found = next_track(model)
    assert found is not None

    scores = SliceScores(model, found)

    of_rap = np.array([model.playlists.tracks[track].startswith("Rap") for track in found.played_targets])
    measured = scores.retrieval[GENRE["rap"]]
    assert measured.n == of_rap.sum()
    assert measured.value == pytest.approx((found.positions[of_rap] >= 0).mean())
    whole = sum((each.value or 0) * each.n for each in map(scores.retrieval.__getitem__, POPULARITY))
    assert whole == pytest.approx((found.positions >= 0).sum())


def test_results_do_not_depend_on_the_order_of_playlists_and_rows() -> None:
    order = np.random.default_rng(3).permutation(len(made().keys))
    mixed = np.random.default_rng(4).permutation(len(made().sequences)).tolist()
    other = replace(
        made(),
        playlist_ids=[made().playlist_ids[row] for row in mixed],
        sequences=[made().sequences[row] for row in mixed],
        artists=[made().artists[row] for row in mixed],
    )
    first, _ = model_of(made().vectors)
    second = replace(
        first, space=EmbeddingSpace.of([made().keys[row] for row in order], made().vectors[order]),
        playlists=other.playlists(),
    )  # fmt: skip

    one, two = (SliceScores(model, next_track(model)) for model in (first, second))

    for each in first.slices:
        assert one.retrieval[each].value == two.retrieval[each].value
        assert one.coverage[each].value == two.coverage[each].value
        assert one.co_listening[each].value == pytest.approx(two.co_listening[each].value)
