"""Measures of candidate and champion: known answers, unchanged and changed models, and too little data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.checks.champion import CHECKS
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import champion, displaced_groups
from embedgate.measures.comparison import Comparison
from embedgate.measures.displacement import displacement
from embedgate.measures.evidence import Evidence
from embedgate.testing import GENRES, sample, sample_model
from tests.retraining import permute_vectors, random_rotation, retrained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from embedgate.measures.measurement import Measurement

SAMPLE = sample()
N = len(SAMPLE.keys)
CHAMPION = SAMPLE.space()
RETRAINED = retrained(SAMPLE.vectors)
PERMUTED = SAMPLE.vectors[np.random.default_rng(1).permutation(N)]
JAZZ = np.char.startswith(np.array(SAMPLE.keys), "Jazz")
TOO_SMALL = {f"champion.artist_{what}" for what in ("displacement", "agreement")}
"""Every artist has nine tracks."""
PAIRED = ("same_artist", "co_listening", "hit_rate", "ndcg", "accuracy")


def against(vectors: NDArray[np.floating], old: EmbeddingSpace = CHAMPION) -> Comparison:
    """Return the comparison of the sample with other vectors and a champion."""
    return Comparison(ModelPair(sample_model(replace(SAMPLE, vectors=vectors.astype(np.float32))), old))


def only(keys: Sequence[str]) -> EmbeddingSpace:
    """Return the sample's vectors of the given keys."""
    rows = [SAMPLE.keys.index(key) for key in keys]
    return EmbeddingSpace.of(keys, SAMPLE.vectors[rows])


def without(*gone: str) -> EmbeddingSpace:
    """Return the sample's vectors of all other keys."""
    return only([key for key in SAMPLE.keys if key not in gone])


def measure_all(found: Comparison) -> dict[str, Measurement]:
    """Return all measurements by check id; checks of a genre are measured for jazz, those of slices are not."""
    evidence = Evidence(found.pair.candidate, {}, 0.95, found)
    return {
        check.id: check.measure(evidence, "jazz" if check.per == "genre" else None)
        for check in CHECKS
        if check.id != "champion.regression" and check.per != "slice"
    }


UNCHANGED = measure_all(against(RETRAINED))


@pytest.fixture(scope="module")
def itself() -> Comparison:
    """The champion compared with itself."""
    return against(SAMPLE.vectors)


@pytest.fixture(scope="module")
def sound() -> Comparison:
    """A retrained model compared with the champion."""
    return against(RETRAINED)


@pytest.fixture(scope="module")
def random() -> Comparison:
    """The champion's vectors, permuted over the keys, compared with the champion."""
    return against(PERMUTED)


# -- all measures --


def test_champion_compared_with_itself_has_no_difference(itself: Comparison) -> None:
    """Every measure has its value for unchanged models, and no check lists offending tracks."""
    at_one = {"match_auc", "overlap", "effective_rank"}

    for name, found in measure_all(itself).items():
        if name in TOO_SMALL:
            assert "has 20 shared tracks" in found.not_applicable
            continue
        assert found.value == pytest.approx(float(name.removeprefix("champion.") in at_one), abs=1e-6), name
        assert name.endswith(("_displacement", "_agreement")) or found.tracks == ()


@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.sampled_from(["candidate", "champion"]))
def test_measures_are_invariant_to_rotation_scale_and_order(seed: int, scale: float, side: str) -> None:
    """Either space may be changed. Only measures with random draws by track number may differ slightly.

    The agreement of regions is that of the one whose interval begins highest. Where two begin at the same value,
    which is therefore compared, either may be reported.
    """
    order = np.random.default_rng(seed).permutation(N)
    keys = [SAMPLE.keys[row] for row in order]
    new, old = sample_model(replace(SAMPLE, vectors=RETRAINED)), CHAMPION
    if side == "candidate":
        changed = scale * RETRAINED[order] @ random_rotation(16, seed)
        new = sample_model(replace(SAMPLE, keys=keys, vectors=changed.astype(np.float32)))
    else:
        old = EmbeddingSpace.of(keys, scale * SAMPLE.vectors[order] @ random_rotation(16, seed))
    found = measure_all(Comparison(ModelPair(new, old)))

    for name, before in UNCHANGED.items():
        drawn = side == "candidate" and name == "champion.co_listening"
        after = found[name]
        if name == "champion.region_agreement" and before.interval and after.interval:
            assert after.interval[0] == pytest.approx(before.interval[0], abs=0.02)
        else:
            assert after.value == pytest.approx(before.value, abs=0.03 if drawn else 2e-3), name


def test_retrain_changes_measures_slightly(sound: Comparison) -> None:
    """The retrain adds noise of a seventh of the standard deviation, rotates and scales."""
    found = {name.removeprefix("champion."): each.value or 0 for name, each in measure_all(sound).items()}

    assert found["match_auc"] > 0.99
    assert found["overlap"] > 0.8
    assert (found["misplaced"], found["lost"], found["churn"], found["new_duplicates"]) == (0, 0, 0, 0)
    assert all(abs(found[name]) < 0.03 for name in (*PAIRED, "genre_accuracy", "mean_cosine"))
    assert found["effective_rank"] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("old", "severity"), [(PERMUTED, "warn"), (SAMPLE.vectors, None)], ids=["other", "same"])
def test_displacement_from_a_champion_that_is_hardly_trained_only_warns(
    old: NDArray[np.floating], severity: str | None
) -> None:
    """All vectors of the champion are near one direction. Other checks keep their severity."""
    narrow = old + 10 * np.abs(old).max()
    found = measure_all(against(RETRAINED, EmbeddingSpace.of(SAMPLE.keys, narrow)))

    assert found["champion.match_auc"].default_severity == severity
    assert (
        "the champion is hardly trained: two of its tracks have a cosine of" in found["champion.match_auc"].summary
    ) == (severity == "warn")
    assert found["champion.co_listening"].default_severity is None


def test_no_shared_track_is_inconclusive(itself: Comparison) -> None:
    """Measures of shared tracks have no value, and checks keep their severity."""
    foreign = EmbeddingSpace.of([f"x{key}" for key in SAMPLE.keys], SAMPLE.vectors)
    found = measure_all(against(SAMPLE.vectors, foreign))

    assert {name for name, each in found.items() if each.value is not None} == {
        "champion.churn",
        "champion.new_duplicates",
    }
    assert found["champion.churn"].value == 1
    for name in ("champion.match_auc", "champion.misplaced", "champion.overlap"):
        assert "0 tracks are shared with the champion" in found[name].inconclusive
        assert (found[name].not_applicable, found[name].default_severity) == ("", None)
    assert all(each.inconclusive for each in found.values() if each.value is None)


def test_one_shared_track_is_inconclusive(itself: Comparison) -> None:
    """A single track has no neighbour, no pair and no variance."""
    found = measure_all(against(SAMPLE.vectors, only(SAMPLE.keys[:1])))

    for name in ("match_auc", "misplaced", "overlap", "same_artist", "co_listening", "accuracy", "mean_cosine"):
        assert (found[f"champion.{name}"].value, bool(found[f"champion.{name}"].inconclusive)) == (None, True)


def test_few_shared_tracks_warn_only_in_a_small_catalogue() -> None:
    """If a large catalogue shares few tracks with its champion, the gate fails."""
    few = SAMPLE.keys[:99]
    small = ModelUnderTest(only(few), SAMPLE.playlists(), separator="-", genres=GENRES)
    both_small = Comparison(ModelPair(small, CHAMPION))
    small_champion = against(SAMPLE.vectors, only(few))

    for measure in (champion.match_auc, champion.misplaced):
        few_of_both, few_of_one = measure(both_small), measure(small_champion)
        assert (few_of_both.value, few_of_both.n, few_of_both.default_severity) == (None, 99, "warn")
        assert (few_of_one.value, few_of_one.default_severity, few_of_one.not_applicable) == (None, None, "")
        assert "99 tracks are shared with the champion" in few_of_one.inconclusive
    assert champion.match_auc(against(SAMPLE.vectors, only(SAMPLE.keys[:100]))).value == 1


# -- displaced and misplaced tracks --


def test_permuted_vectors_have_low_match_auc(random: Comparison) -> None:
    """The match AUC is slightly above 0.5, and most tracks are listed."""
    found = champion.match_auc(random)

    assert found.value is not None
    assert found.interval is not None
    assert 0.45 < found.interval[0] < found.value < found.interval[1] < 0.75
    assert found.n == N
    assert len(found.tracks) > N / 2


@pytest.mark.parametrize("moved", [RETRAINED, SAMPLE.vectors], ids=["retrained", "otherwise identical"])
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_misplaced_tracks_are_listed_farthest_first(moved: NDArray[np.float32], share: float) -> None:
    """Nearly all permuted keys and almost no other keys are found."""
    planted = np.random.default_rng(0).permutation(N)[: round(share * N)]
    comparison = against(permute_vectors(moved, planted))
    found = champion.misplaced(comparison)

    names = {SAMPLE.keys[row] for row in planted}
    assert (found.value, found.n) == (len(found.tracks), N)
    assert len(names & set(found.tracks)) >= 0.92 * len(found.tracks)
    assert len(names & set(found.tracks)) >= 0.92 * len(names)
    assert comparison.displacement is not None
    far = [comparison.displacement.distance[SAMPLE.keys.index(key)] for key in found.tracks]
    assert far == sorted(far, reverse=True)


@pytest.mark.parametrize("plays", [0, 1, 3])
@pytest.mark.parametrize("held_out", [False, True])
def test_rare_misplaced_track_is_found(held_out: bool, plays: int) -> None:
    """There is no minimum number of plays."""
    rows = SAMPLE.rows()
    rare, vectors = SAMPLE.keys[5], permute_vectors(RETRAINED, np.array([5, 130, 220]))
    lists = [[key for key in row["track_sequence"] if key != rare] for row in rows]  # type: ignore[attr-defined]
    lists += [[key for key in SAMPLE.keys if key != rare or number < plays] for number in range(10)]
    playlists = Playlists.of([str(number) for number in range(len(lists))], lists)
    model = ModelUnderTest(EmbeddingSpace.of(SAMPLE.keys, vectors), playlists, held_out, "-")
    found = champion.misplaced(Comparison(ModelPair(model, CHAMPION)))

    assert found.n == N
    assert rare in found.tracks


def test_overlap_equals_intersection_of_neighbours(sound: Comparison, random: Comparison) -> None:
    """A random space is at chance level, and the strata contain every track."""
    for comparison in (sound, random):
        new, old = (_nearest(model) for model in (comparison.pair.new, comparison.pair.old))
        shared = [len(set(one) & set(other)) / 10 for one, other in zip(new, old, strict=True)]
        found = champion.overlap(comparison)

        assert found.measurement.value == pytest.approx(np.mean(shared))
        assert sum(each.n for each in found.strata) == found.measurement.n == N
        assert sum(each.n * each.score for each in found.strata) / N == pytest.approx(np.mean(shared))
    assert champion.overlap(random).measurement.value == pytest.approx(10 / (N - 1), abs=0.02)


def _nearest(model: ModelUnderTest) -> list[list[int]]:
    cosines = model.unit @ model.unit.T
    np.fill_diagonal(cosines, -2)
    return [list(row) for row in np.argsort(-cosines, axis=1)[:, :10]]


def test_overlap_of_fewer_than_twelve_tracks_is_inconclusive() -> None:
    """Eleven tracks are each other's ten nearest neighbours, whatever the vectors."""
    eleven, twelve = (champion.overlap(against(PERMUTED, only(SAMPLE.keys[:n]))).measurement for n in (11, 12))

    assert (eleven.value, "11 tracks are shared" in eleven.inconclusive) == (None, True)
    assert twelve.value is not None


# -- lost and new tracks --


PLAYED = Playlists.of(
    [f"u-{number}" for number in range(20)],
    [["a", "b"] * 2 + ["c"]] * 10 + [["b", "new", "nowhere"]] * 9 + [["a", "rare"]],
)
"""Plays: b 29, a 21, c 10, new 9, nowhere 9, rare 1."""


def of_letters(new: Sequence[str], old: Sequence[str]) -> Comparison:
    """Return the comparison of a candidate and a champion with the given keys."""
    spaces = [EmbeddingSpace.of(keys, np.ones((len(keys), 2))) for keys in (new, old)]
    return Comparison(ModelPair(ModelUnderTest(spaces[0], PLAYED), spaces[1]))


def test_lost_is_a_share_of_plays() -> None:
    """Only tracks of the champion with at least ten plays count; the most played are listed first."""
    found = champion.lost(of_letters(["c", "new"], ["a", "b", "c", "rare", "unplayed"]))

    assert found.value == pytest.approx((21 + 29) / (21 + 29 + 10))
    assert (found.n, found.tracks) == (3, ("b", "a"))


def test_unusable_vector_is_lost() -> None:
    """A key with a zero or NaN vector counts as lost."""
    candidate = EmbeddingSpace.of("abc", np.array([[1, 0], [0, 0], [np.nan, 1]]))
    champion_space = EmbeddingSpace.of("abc", np.ones((3, 2)))
    found = champion.lost(Comparison(ModelPair(ModelUnderTest(candidate, PLAYED), champion_space)))

    assert found.tracks == ("b", "c")


def test_new_and_rare_tracks_are_not_lost() -> None:
    """Tracks with fewer than ten plays do not count."""
    found = champion.lost(of_letters(["a", "b", "c", "new"], ["a", "b", "c", "rare", "nowhere"]))

    assert (found.value, found.n, found.tracks) == (0, 3, ())
    nothing = champion.lost(of_letters(["a"], ["rare", "nowhere"]))
    assert (nothing.value, nothing.default_severity) == (None, "warn")
    assert "no track of the champion has 10 plays or more" in nothing.inconclusive


def test_tracks_below_min_count_are_lost_only_beyond_those_gained() -> None:
    """With a min_count of 21, c (10 plays) is lost in exchange for a (21); without a gained track, it is lost."""
    exchanged = champion.lost(of_letters(["b", "a"], ["b", "c"]))
    raised = champion.lost(of_letters(["b"], ["b", "c"]))
    frequent = champion.lost(of_letters(["c", "new"], ["b", "c"]))

    assert exchanged.value == 0
    assert exchanged.tracks == ("c",)
    assert "without 10 plays of tracks that fell below min_count" in exchanged.summary
    assert raised.value == pytest.approx(10 / 39)
    assert frequent.value == pytest.approx(29 / 39)


def test_churn_is_a_share_of_plays() -> None:
    """Churn is the plays of lost and gained tracks over the plays of the tracks of either model."""
    found = champion.churn(of_letters(["b", "c", "new"], ["a", "b", "rare"]))

    assert found.value == pytest.approx((21 + 1 + 10 + 9) / (29 + 21 + 1 + 10 + 9))
    assert found.n == 70
    assert "(22 plays lost, 19 gained)" in found.summary
    assert champion.churn(of_letters(["b", "c"], ["c", "b"])).value == 0
    assert champion.churn(of_letters(["x"], ["y"])).inconclusive


def test_new_duplicates_are_new_keys_for_recordings_with_another_key() -> None:
    """A radio edit of a known song and all but one key of a new song count; the champion's duplicates do not."""
    names = ["A-Old", "A-Old - Remastered", "A-Known", "A-New", "A-Else", "A-Known - Radio Edit"]
    names += ["A-New - Radio Edit", "A-New - 2011 Remaster"]
    far = np.eye(4)[[0, 0, 1, 2, 3, 1, 2, 2]]
    plays = [["A-New"], *[["A-New - Radio Edit"]] * 2, *[["A-New - 2011 Remaster"]] * 3]
    plays += [["A-Known - Radio Edit"]] * 5
    playlists = Playlists.of([str(number) for number in range(len(plays))], plays)
    model = ModelUnderTest(EmbeddingSpace.of(names, far), playlists, separator="-")
    found = champion.new_duplicates(Comparison(ModelPair(model, EmbeddingSpace.of(names[:3], far[:3]))))

    assert found.tracks == ("A-Known - Radio Edit", "A-New - Radio Edit", "A-New")
    assert (found.value, found.n) == (3 / 8, 8)


def test_new_duplicates_reach_the_cosine_threshold() -> None:
    """The cosine threshold can be configured."""
    names = ["A-Known", "A-Known - Radio Edit"]
    model = ModelUnderTest(EmbeddingSpace.of(names, np.array([[1, 0], [0.9, 0.436]])), PLAYED, separator="-")
    pair = ModelPair(model, EmbeddingSpace.of(names[:1], [[1, 0]]))

    assert champion.new_duplicates(Comparison(pair)).value == 0
    assert champion.new_duplicates(Comparison(pair, duplicate_cosine=0.89)).value == 0.5


# -- measures of both models --


@pytest.mark.parametrize("name", PAIRED)
def test_random_space_loses_the_champions_lead_over_chance(name: str, random: Comparison) -> None:
    """The interval is below 0, and the difference is the negative lead of the champion."""
    found = champion.difference(random, name)

    assert found.interval is not None
    assert found.interval[0] <= (found.value or 0) <= found.interval[1] < 0
    assert found.scale is not None
    assert found.value == pytest.approx(-found.scale, abs=0.08)


@pytest.mark.parametrize("name", PAIRED)
def test_difference_is_antisymmetric(name: str, random: Comparison) -> None:
    """Swapping the roles changes the sign; a random champion has no lead over chance."""
    back = against(SAMPLE.vectors, EmbeddingSpace.of(SAMPLE.keys, PERMUTED))
    lost, won = champion.difference(random, name), champion.difference(back, name)

    assert won.value == pytest.approx(-(lost.value or 0))
    assert won.scale == pytest.approx(0, abs=0.08)
    assert (won.scale or 0) >= 0


def test_in_sample_measures_are_labelled(sound: Comparison) -> None:
    """Measures on the candidate's training playlists are labelled, those on held-out playlists are not."""
    held_out = Comparison(
        ModelPair(replace(sample_model(replace(SAMPLE, vectors=RETRAINED)), held_out=True), CHAMPION)
    )

    assert {name for name in PAIRED if "in-sample" in champion.difference(sound, name).summary} == {
        "co_listening",
        "hit_rate",
        "ndcg",
    }
    assert not any("in-sample" in champion.difference(held_out, name).summary for name in PAIRED)
    given = sample_model(replace(SAMPLE, vectors=RETRAINED))
    given = replace(given, playlists=replace(given.playlists, targets_held_out=True))
    of_targets = Comparison(ModelPair(given, CHAMPION))
    assert {name for name in PAIRED if "in-sample" in champion.difference(of_targets, name).summary} == {
        "co_listening"
    }
    # nothing says on which playlists the champion was trained
    assert "perhaps the champion too" in champion.difference(sound, "hit_rate").summary


def test_missing_data_are_not_applicable() -> None:
    """Artists, genres and next tracks are missing. Too few pairs of one playlist are inconclusive."""
    alone = Playlists.of([str(row) for row in range(N)], [[key] for key in SAMPLE.keys])
    bare = Comparison(ModelPair(ModelUnderTest(CHAMPION, alone), CHAMPION))
    found = {name: champion.difference(bare, name) for name in PAIRED}

    assert {each.value for each in found.values()} == {None}
    assert "no artist" in found["same_artist"].not_applicable
    assert "0 pairs" in found["co_listening"].inconclusive
    assert "no playlist has a next track" in found["hit_rate"].not_applicable
    assert "no playlist has a next track" in found["ndcg"].not_applicable
    assert "no genre is configured" in found["accuracy"].not_applicable
    for measure in (champion.genre_accuracy, displaced_groups.genre_displacement):
        assert "no genre" in measure(bare, None).not_applicable


def test_mixed_genre_loses_accuracy() -> None:
    """Jazz is mixed into rap: fewer jazz tracks are classified correctly, rock loses less."""
    rng = np.random.default_rng(0)
    vectors = SAMPLE.vectors.copy()
    rap = np.char.startswith(np.array(SAMPLE.keys), "Rap")
    vectors[JAZZ] = rng.permutation(vectors[rap]) + 0.05 * rng.standard_normal((JAZZ.sum(), 16))
    found = against(vectors)
    jazz, rock = champion.genre_accuracy(found, "jazz"), champion.genre_accuracy(found, "rock")

    assert jazz.interval is not None
    assert jazz.interval[1] < -0.3
    assert (rock.value or 0) > (jazz.value or 0) + 0.2
    assert jazz.n == 90
    assert 0.5 < (jazz.scale or 0) < 2 / 3


def test_a_genre_with_too_few_tagged_tracks_is_inconclusive_at_warn(sound: Comparison) -> None:
    """The message names the genre."""
    few = Comparison(ModelPair(replace(sound.pair.candidate, genres={**GENRES, "polka": ["polka"]}), CHAMPION))

    for measure in (champion.genre_accuracy, displaced_groups.genre_displacement):
        found = measure(few, "polka")
        assert (found.value, found.default_severity, "polka" in found.inconclusive) == (None, "warn", True)


def test_tracks_are_weighted_by_plays_in_the_map(sound: Comparison) -> None:
    """The weight is the square root of the plays."""
    new, old = sound.pair.new, sound.pair.old
    expected = displacement(old.unit, new.unit, np.sqrt(new.plays))

    assert sound.displacement is not None
    assert sound.displacement.distance.tolist() == expected.distance.tolist()


def test_narrowed_space_has_higher_mean_cosine() -> None:
    """The expected difference of the mean cosines is computed by brute force."""
    narrow = SAMPLE.vectors + 2
    found = champion.mean_cosine(against(narrow))

    assert found.value == pytest.approx(_mean_cosine(narrow) - _mean_cosine(SAMPLE.vectors), abs=1e-5)
    assert (found.value or 0) > 0.2


def _mean_cosine(vectors: NDArray[np.floating]) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    return float(cosines[~np.eye(len(unit), dtype=bool)].mean())


def test_effective_rank_is_relative_to_the_smaller_number_of_dimensions() -> None:
    """Half of the columns are as good as all of them if all are used; empty columns change nothing."""
    rng = np.random.default_rng(0)
    ball, large = rng.standard_normal((N, 16)), rng.standard_normal((N, 32))
    old = EmbeddingSpace.of(SAMPLE.keys, ball)

    assert champion.effective_rank(against(np.pad(ball, ((0, 0), (0, 16))), old)).value == pytest.approx(1)
    assert champion.effective_rank(against(large, old)).value == pytest.approx(2, abs=0.1)
    assert champion.effective_rank(against(ball[:, :8], old)).value == pytest.approx(1, abs=0.05)
    assert (champion.effective_rank(against(np.outer(ball[:, 0], np.ones(16)), old)).value or 1) < 0.1


def test_champion_of_other_dimensions_is_compared() -> None:
    """Every measure has a value, and the retrain passes."""
    larger = EmbeddingSpace.of(SAMPLE.keys, np.pad(SAMPLE.vectors, ((0, 0), (0, 8))) @ random_rotation(24))
    found = measure_all(against(RETRAINED, larger))

    assert {name for name, each in found.items() if each.value is None} == TOO_SMALL
    assert (found["champion.match_auc"].value or 0) > 0.99
    assert found["champion.misplaced"].value == 0
    assert abs(found["champion.accuracy"].value or 0) < 0.03
