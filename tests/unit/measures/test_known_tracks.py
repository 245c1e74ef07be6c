"""Tracks that the user knows, and who has to be near them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from embedgate.config import KnownTrack
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.evidence import Evidence
from embedgate.measures.known_tracks import check_known_track, close_matches, known_rate, required_hits
from embedgate.testing import Sample, sample_model

ROCK = "Rock Artist 00-Song 00"
KNOWN = KnownTrack(track=ROCK, expect=("artist:Rock Artist 00",), never=("genre:jazz",), min_hits=3)


def on_a_line() -> ModelUnderTest:
    """One rock playlist of x, a near it, b farther and c far away; untagged z opposite."""
    keys = ["A-x", "A-a", "B-b", "C-c", "C-z"]
    radians = np.radians([0, 10, 30, 80, 180])
    playlists = Playlists.of(["u-rock", "u-jazz", "u-chill"], [["A-x", "A-a"], ["B-b"], ["C-c", "C-z"]])
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.column_stack([np.cos(radians), np.sin(radians)])),
        playlists,
        separator="-",
        genres={"rock": ["rock"], "jazz": ["jazz"]},
    )


def test_a_known_track_holds(model: ModelUnderTest) -> None:
    """Eight other tracks by the artist are among the ten nearest, and no jazz."""
    found = check_known_track(model, KNOWN)

    assert found.passed
    assert found.measurement.value == 8
    cosines = [one.cosine for one in found.neighbours]
    assert cosines == sorted(cosines, reverse=True)
    assert ROCK not in [one.track for one in found.neighbours]


@pytest.mark.parametrize("broken", ["shuffled", "shifted"])
def test_scrambled_keys_break_most(sound_sample: Sample, broken: str, request: pytest.FixtureRequest) -> None:
    """Negative control: with vectors dealt out over keys, or shifted by one key, hardly a known track holds."""
    evidence: Evidence = request.getfixturevalue(broken)
    artists = sorted({key.partition("-")[0] for key in sound_sample.keys})
    results = [
        check_known_track(
            evidence.model, KnownTrack(track=f"{artist}-Song 00", expect=(f"artist:{artist}",), min_hits=3)
        )
        for artist in artists
    ]

    assert sum(result.passed for result in results) <= 1
    interval = known_rate(results).interval
    assert interval is not None
    assert interval[1] < 0.2


def test_neighbours_are_named_with_what_they_meet() -> None:
    """Each neighbour, nearest first, with its cosine and the entries that it meets."""
    known = KnownTrack(track="A-x", expect=("track:B-b", "genre:rock", "artist:a"), never=("artist:Z",), topn=3)
    found = check_known_track(on_a_line(), known)

    assert [(one.track, one.expected) for one in found.neighbours] == [
        ("A-a", ("genre:rock", "artist:a")),
        ("B-b", ("track:B-b",)),
        ("C-c", ()),
    ]
    assert [one.cosine for one in found.neighbours] == pytest.approx(np.cos(np.radians([10, 30, 80])))
    assert found.measurement.value == 2
    assert found.measurement.tracks == ("C-c",)


@pytest.mark.parametrize(
    ("entry", "topn", "expected"),
    [
        ("track:A-a", 1, True),
        ("track:A-A", 4, False),  # a key is a key, letter by letter
        ("artist:A", 1, True),
        ("artist:ａ", 1, True),  # an artist is folded
        ("artist:B", 1, False),
        ("artist:B", 2, True),
        ("genre:rock", 1, True),
        ("genre:jazz", 1, False),
        ("genre:jazz", 2, True),
        ("track:A-x", 4, False),  # nobody is a neighbour of itself
    ],
)
def test_entries_are_met_by_key_artist_or_genre(entry: str, topn: int, *, expected: bool) -> None:
    """Within the topn nearest, by the key as it is, the artist folded, or the genre of the tags."""
    wanted = check_known_track(on_a_line(), KnownTrack(track="A-x", expect=(entry,), topn=topn))
    forbidden = check_known_track(on_a_line(), KnownTrack(track="A-x", never=(entry,), topn=topn))

    assert wanted.passed is expected
    assert forbidden.passed is not expected


def test_a_forbidden_neighbour_breaks_it(model: ModelUnderTest) -> None:
    """One forbidden neighbour is a breach, however many hits there are, and is the one to blame."""
    found = check_known_track(model, KNOWN.model_copy(update={"never": ("artist:Rock Artist 00",)}))

    assert not found.passed
    assert "must never be" in found.measurement.breach
    assert all(track.startswith("Rock Artist 00") for track in found.measurement.tracks)


@pytest.mark.parametrize(("min_hits", "holds"), [(2, True), (3, False)])
def test_hits_are_counted_against_those_needed(min_hits: int, *, holds: bool) -> None:
    """As many neighbours as `min_hits` have to be as expected; one neighbour is one hit, whatever it meets."""
    known = KnownTrack(track="A-x", expect=("artist:A", "genre:rock", "track:B-b"), topn=3, min_hits=min_hits)

    assert check_known_track(on_a_line(), known).passed is holds


def far_from_genres() -> ModelUnderTest:
    """The line without its tags near x: a and b are untagged, c is rock and far away."""
    playlists = Playlists.of(["u-chill", "u-rock"], [["A-x", "A-a", "B-b"], ["C-c"]])
    return replace(on_a_line(), playlists=playlists)


def test_a_genre_is_not_applicable_where_no_neighbour_has_one() -> None:
    """None of the two nearest is tagged: nothing is judged; of three, one is tagged and rock, or is not jazz."""
    rock, jazz = (KnownTrack(track="A-x", expect=(f"genre:{genre}",), topn=2) for genre in ("rock", "jazz"))

    for known in (rock, jazz):
        found = check_known_track(far_from_genres(), known)
        assert (found.applicable, found.passed, found.measurement.value) == (False, False, None)
        assert "none of the 2 nearest of 'A-x' has a genre" in found.measurement.not_applicable
    assert check_known_track(far_from_genres(), rock.model_copy(update={"topn": 3})).passed
    missed = check_known_track(far_from_genres(), jazz.model_copy(update={"topn": 3}))
    assert (missed.applicable, missed.passed) == (True, False)


@pytest.mark.parametrize(
    ("expect", "needed", "holds"),
    [
        (("track:A-a", "genre:rock"), 1, True),
        (("track:C-c", "genre:rock"), 1, False),
        (("artist:A", "track:B-b", "genre:rock"), 2, True),
        (("artist:Q", "genre:rock"), 2, False),
    ],
)
def test_what_can_be_judged_is_judged_without_the_genre(expect: tuple[str, ...], needed: int, *, holds: bool) -> None:
    """Tracks and artists are judged, as many hits are needed as they allow, and the message says what was not."""
    found = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=expect, topn=2, min_hits=2))

    assert (found.applicable, found.required_hits, found.passed) == (True, needed, holds)
    assert "'genre:rock' cannot be judged" in found.measurement.summary


def test_a_forbidden_neighbour_breaks_where_the_genre_is_not_applicable() -> None:
    """What must never be near fails, whether or not a neighbour has a genre."""
    known = KnownTrack(track="A-x", expect=("genre:rock",), never=("track:B-b",), topn=2)
    found = check_known_track(far_from_genres(), known)

    assert (found.applicable, found.passed) == (True, False)
    assert "must never be" in found.measurement.breach


def test_the_rate_leaves_out_what_is_not_applicable() -> None:
    """One of one applicable track holds; where none is applicable, neither is the rate."""
    genre = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=("genre:rock",), topn=2))
    artist = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=("artist:A",), topn=2))

    assert (known_rate([genre, artist]).value, known_rate([genre, artist]).n) == (1, 1)
    assert known_rate([genre]).not_applicable


def test_what_must_never_be_near_alone_needs_no_hit() -> None:
    """An entry that only forbids holds with no hit at all."""
    known = KnownTrack(track="A-x", never=("track:C-z",), topn=3)

    assert required_hits(known) == 0
    assert check_known_track(on_a_line(), known).passed


def test_a_missing_known_track_names_the_nearest_spellings(model: ModelUnderTest) -> None:
    """A track that is not in the vocabulary fails by name, with what is spelt most like it."""
    found = check_known_track(model, KNOWN.model_copy(update={"track": "rock artist 00 - Song 00"}))

    assert not found.passed
    assert "is not in the vocabulary" in found.measurement.breach
    assert f"'{ROCK}'" in found.measurement.breach


def test_nothing_alike_names_no_spelling() -> None:
    """Where nothing is spelt alike, nothing is guessed."""
    assert close_matches("0123456789", ["Abba-Waterloo", "Blur-Song 2"]) == []


def test_a_known_track_with_a_broken_vector_says_so(sound_sample: Sample) -> None:
    """Break: its row is NaN. It is there and of no use, which is not the same as missing."""
    vectors = sound_sample.vectors.copy()
    vectors[sound_sample.keys.index(ROCK)] = np.nan
    found = check_known_track(sample_model(replace(sound_sample, vectors=vectors)), KNOWN)

    assert not found.passed
    assert "not usable" in found.measurement.breach


def test_what_is_expected_and_not_there_is_named() -> None:
    """A spelling mistake in `expect` is not the model's fault: the hint says who is not there at all."""
    found = check_known_track(on_a_line(), KnownTrack(track="A-x", expect=("artist:Nobody", "track:A-a"), topn=1))

    assert "'artist:Nobody'" in found.measurement.hint
    assert "A-a" not in found.measurement.hint


def test_more_neighbours_than_tracks_are_all_others() -> None:
    """A topn beyond the vocabulary looks at everybody else."""
    found = check_known_track(on_a_line(), KnownTrack(track="A-x", never=("artist:Q",), topn=1000))

    assert len(found.neighbours) == 4


def test_the_rate_is_of_all_known_tracks(model: ModelUnderTest) -> None:
    """Of two known tracks one holds: a half, with the exact interval of two throws, and the broken one named."""
    gone = check_known_track(model, KNOWN.model_copy(update={"track": "gone"}))
    rate = known_rate([gone, check_known_track(model, KNOWN)])

    assert (rate.value, rate.n, rate.tracks) == (0.5, 2, ("gone",))
    assert rate.interval == pytest.approx((0.0126, 0.9874), abs=1e-3)


def test_without_known_tracks_it_says_so() -> None:
    """None configured: not applicable."""
    found = known_rate([])

    assert found.not_applicable == "no known track is configured"
