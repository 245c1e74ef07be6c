"""Known tracks: expected and forbidden neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from embedgate.config.sections import KnownTrack
from embedgate.material.metadata import TrackMetadata
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.evidence import Evidence
from embedgate.measures.known_tracks import check_known_track, close_matches, known_rate
from embedgate.testing import Sample, sample_model

ROCK = "Rock Artist 00-Song 00"
KNOWN = KnownTrack(track=ROCK, expect=("artist:Rock Artist 00",), never=("genre:jazz",), min_hits=3)


def on_a_line() -> ModelUnderTest:
    """Return a model in which a, b, c and z are increasingly far from x; x and a are rock, b is jazz."""
    keys = ["A-x", "A-a", "B-b", "C-c", "C-z"]
    radians = np.radians([0, 10, 30, 80, 180])
    playlists = Playlists.of(["u-rock", "u-jazz", "u-chill"], [["A-x", "A-a"], ["B-b"], ["C-c", "C-z"]])
    return ModelUnderTest(
        EmbeddingSpace.of(keys, np.column_stack([np.cos(radians), np.sin(radians)])),
        playlists,
        separator="-",
        genres={"rock": ["rock"], "jazz": ["jazz"]},
    )


def test_known_track_passes(model: ModelUnderTest) -> None:
    """The artist's eight other tracks are among the ten nearest neighbours, and no jazz."""
    found = check_known_track(model, KNOWN)

    assert found.passed
    assert found.measurement.value == 8
    cosines = [one.cosine for one in found.neighbours]
    assert cosines == sorted(cosines, reverse=True)
    assert ROCK not in [one.track for one in found.neighbours]


@pytest.mark.parametrize("broken", ["shuffled", "shifted"])
def test_known_tracks_fail_with_misaligned_keys(
    sound_sample: Sample, broken: str, request: pytest.FixtureRequest
) -> None:
    """Negative control: vectors are shuffled or shifted over the keys."""
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


def test_neighbours_list_the_entries_they_match() -> None:
    """Neighbours are ordered by distance and have their cosine and the matched entries."""
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
        ("track:A-A", 4, False),  # keys match exactly
        ("artist:A", 1, True),
        ("artist:ａ", 1, True),  # artists are folded
        ("artist:B", 1, False),
        ("artist:B", 2, True),
        ("genre:rock", 1, True),
        ("genre:jazz", 1, False),
        ("genre:jazz", 2, True),
        ("track:A-x", 4, False),  # a track is not its own neighbour
    ],
)
def test_entry_matches_key_artist_or_genre(entry: str, topn: int, *, expected: bool) -> None:
    """Keys are compared exactly, artists after folding, and genres by tag."""
    wanted = check_known_track(on_a_line(), KnownTrack(track="A-x", expect=(entry,), topn=topn))
    forbidden = check_known_track(on_a_line(), KnownTrack(track="A-x", never=(entry,), topn=topn))

    assert wanted.passed is expected
    assert forbidden.passed is not expected


def test_forbidden_neighbour_is_a_breach(model: ModelUnderTest) -> None:
    """A forbidden neighbour fails the check, however many hits there are, and is an offending track."""
    found = check_known_track(model, KNOWN.model_copy(update={"never": ("artist:Rock Artist 00",)}))

    assert not found.passed
    assert "is excluded by `never`" in found.measurement.breach
    assert all(track.startswith("Rock Artist 00") for track in found.measurement.tracks)


@pytest.mark.parametrize(("min_hits", "passed"), [(2, True), (3, False)])
def test_known_track_needs_min_hits(min_hits: int, *, passed: bool) -> None:
    """A neighbour counts as one hit, however many entries it matches."""
    known = KnownTrack(track="A-x", expect=("artist:A", "genre:rock", "track:B-b"), topn=3, min_hits=min_hits)

    assert check_known_track(on_a_line(), known).passed is passed


def far_from_genres() -> ModelUnderTest:
    """Return the same model without tags near x: a and b are untagged, c is rock and far away."""
    playlists = Playlists.of(["u-chill", "u-rock"], [["A-x", "A-a", "B-b"], ["C-c"]])
    return replace(on_a_line(), playlists=playlists)


def test_genre_entry_is_not_applicable_if_no_neighbour_has_a_genre() -> None:
    """None of the two nearest neighbours is tagged; the third is rock."""
    rock, jazz = (KnownTrack(track="A-x", expect=(f"genre:{genre}",), topn=2) for genre in ("rock", "jazz"))

    for known in (rock, jazz):
        found = check_known_track(far_from_genres(), known)
        assert (found.applicable, found.passed, found.measurement.value) == (False, False, None)
        assert "none of the 2 nearest neighbours of 'A-x' has a genre" in found.measurement.not_applicable
    assert check_known_track(far_from_genres(), rock.model_copy(update={"topn": 3})).passed
    missed = check_known_track(far_from_genres(), jazz.model_copy(update={"topn": 3}))
    assert (missed.applicable, missed.passed) == (True, False)


@pytest.mark.parametrize(
    ("expect", "needed", "passed"),
    [
        (("track:A-a", "genre:rock"), 1, True),
        (("track:C-c", "genre:rock"), 1, False),
        (("artist:A", "track:B-b", "genre:rock"), 2, True),
        (("artist:Q", "genre:rock"), 2, False),
    ],
)
def test_other_entries_are_judged_without_the_genre(expect: tuple[str, ...], needed: int, *, passed: bool) -> None:
    """The required hits are limited to the other entries, and the summary lists the genre entry."""
    found = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=expect, topn=2, min_hits=2))

    assert (found.applicable, found.required_hits, found.passed) == (True, needed, passed)
    assert "'genre:rock' cannot be judged" in found.measurement.summary


def test_forbidden_neighbour_fails_if_genre_is_not_applicable() -> None:
    """A forbidden neighbour is a breach even if no neighbour has a genre."""
    known = KnownTrack(track="A-x", expect=("genre:rock",), never=("track:B-b",), topn=2)
    found = check_known_track(far_from_genres(), known)

    assert (found.applicable, found.passed) == (True, False)
    assert "is excluded by `never`" in found.measurement.breach


def test_known_rate_leaves_out_inapplicable_tracks() -> None:
    """If no track is applicable, the rate is not applicable either."""
    genre = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=("genre:rock",), topn=2))
    artist = check_known_track(far_from_genres(), KnownTrack(track="A-x", expect=("artist:A",), topn=2))

    assert (known_rate([genre, artist]).value, known_rate([genre, artist]).n) == (1, 1)
    assert known_rate([genre]).not_applicable


def test_never_alone_requires_no_hit() -> None:
    """A known track that has only `never` entries passes without a hit."""
    known = KnownTrack(track="A-x", never=("track:C-z",), topn=3)

    found = check_known_track(on_a_line(), known)
    assert (found.required_hits, found.passed) == (0, True)


def test_missing_known_track_lists_similar_keys(model: ModelUnderTest) -> None:
    """A known track that is not in the vocabulary fails."""
    found = check_known_track(model, KNOWN.model_copy(update={"track": "rock artist 00 - Song 00"}))

    assert not found.passed
    assert "is not in the vocabulary" in found.measurement.breach
    assert f"'{ROCK}'" in found.measurement.breach


def test_dissimilar_keys_are_not_suggested() -> None:
    """The suggestions are empty."""
    assert close_matches("0123456789", ["Abba-Waterloo", "Blur-Song 2"]) == []


def test_known_track_with_unusable_vector_fails(sound_sample: Sample) -> None:
    """A NaN vector is reported as unusable, not as missing."""
    vectors = sound_sample.vectors.copy()
    vectors[sound_sample.keys.index(ROCK)] = np.nan
    found = check_known_track(sample_model(replace(sound_sample, vectors=vectors)), KNOWN)

    assert not found.passed
    assert "not usable" in found.measurement.breach
    assert "integrity" in found.measurement.hint


def test_played_track_without_a_vector_was_left_out(sound_sample: Sample) -> None:
    """The key is that of the playlists, so it is not misspelt. Ids of numbers have no similar keys."""
    kept = [row for row, key in enumerate(sound_sample.keys) if key != ROCK]
    without = replace(sound_sample, keys=[sound_sample.keys[row] for row in kept], vectors=sound_sample.vectors[kept])

    found = check_known_track(sample_model(without), KNOWN)
    number = check_known_track(sample_model(sound_sample), KNOWN.model_copy(update={"track": "1000420"}))

    assert "plays: check whether it was filtered out before training" in found.measurement.hint
    assert (number.measurement.hint, "similar" in number.measurement.breach) == (
        "write the key as in the playlists",
        False,
    )


def test_hint_lists_expected_entries_without_vector() -> None:
    """A misspelt entry in `expect` is an error in the config, not in the model."""
    found = check_known_track(on_a_line(), KnownTrack(track="A-x", expect=("artist:Nobody", "track:A-a"), topn=1))

    assert "'artist:Nobody'" in found.measurement.hint
    assert "A-a" not in found.measurement.hint


def test_topn_is_limited_to_the_vocabulary() -> None:
    """A larger topn returns all other tracks."""
    found = check_known_track(on_a_line(), KnownTrack(track="A-x", never=("artist:Q",), topn=1000))

    assert len(found.neighbours) == 4


def test_known_rate_has_exact_interval(model: ModelUnderTest) -> None:
    """One of two known tracks passes."""
    gone = check_known_track(model, KNOWN.model_copy(update={"track": "gone"}))
    rate = known_rate([gone, check_known_track(model, KNOWN)])

    assert (rate.value, rate.n, rate.tracks) == (0.5, 2, ("gone",))
    assert rate.interval == pytest.approx((0.0126, 0.9874), abs=1e-3)


def test_no_known_track_is_not_applicable() -> None:
    """No known track is configured."""
    found = known_rate([])

    assert found.not_applicable == "no known track is configured"


def without_artists() -> ModelUnderTest:
    """Return the same model without a separator: no artist is known."""
    return replace(on_a_line(), separator="")


def test_artist_entry_is_not_applicable_if_no_artist_is_known() -> None:
    """An item whose key has no artist, without artists in playlists and catalogue."""
    found = check_known_track(without_artists(), KnownTrack(track="A-x", expect=("artist:A",)))

    assert (found.applicable, found.passed, found.measurement.value) == (False, False, None)
    assert found.measurement.not_applicable == "no artist is known: 'artist:A' cannot be judged"
    assert known_rate([found]).not_applicable


@pytest.mark.parametrize(
    ("expect", "never", "passed"),
    [
        (("artist:A", "track:A-a"), (), True),
        (("artist:A", "track:C-z"), (), False),
        (("track:A-a",), ("artist:Z",), True),
        ((), ("artist:Z", "track:C-z"), True),
        ((), ("artist:Z", "track:A-a"), False),
    ],
)
def test_other_entries_are_judged_without_artists(
    expect: tuple[str, ...], never: tuple[str, ...], *, passed: bool
) -> None:
    found = check_known_track(without_artists(), KnownTrack(track="A-x", expect=expect, never=never, topn=2))

    assert (found.applicable, found.passed) == (True, passed)
    assert "no artist is known: 'artist:" in found.measurement.summary


def test_known_track_that_only_excludes_artists_is_not_applicable_without_artists() -> None:
    """It would pass for any model."""
    found = check_known_track(without_artists(), KnownTrack(track="A-x", never=("artist:Z",)))

    assert not found.applicable


def test_genre_entry_matches_every_label_of_the_catalogue() -> None:
    """A neighbour has several labels; one of them is not judged, and it is not the first."""
    metadata = TrackMetadata("here", labels={"A-a": ("rock", "rare"), "B-b": ("jazz",)})
    model = replace(on_a_line(), metadata=metadata)

    assert check_known_track(model, KnownTrack(track="A-x", expect=("genre:rare",), topn=1)).passed
    assert check_known_track(model, KnownTrack(track="A-x", expect=("genre:rock",), topn=1)).passed
    assert not check_known_track(model, KnownTrack(track="A-x", expect=("genre:jazz",), topn=1)).passed


def test_known_track_may_be_an_integer() -> None:
    assert KnownTrack.model_validate({"track": 100042, "expect": ["track:7"]}).track == "100042"
    for wrong in (1.5, True, [1]):
        with pytest.raises(ValidationError):
            KnownTrack.model_validate({"track": wrong, "expect": ["track:7"]})
