"""Slices of the catalogue: their values, and their tracks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embedgate.material.metadata import TrackMetadata
from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.slices import popularity_thirds, slice_members, slices_of_column
from embedgate.slices import POPULARITY, Slice, slice_slugs
from embedgate.testing import Sample, sample_model


def played(counts: list[int]) -> Playlists:
    """Return playlists of tracks "0", "1", ... that are played so often."""
    return Playlists.of(["p"], [[str(track) for track, count in enumerate(counts) for _ in range(count)]])


def test_each_third_has_a_third_of_the_plays() -> None:
    """One track has as many plays as the next ten, and these as many as the last twenty."""
    thirds = popularity_thirds(np.array([20] + [2] * 10 + [1] * 20))

    assert thirds.tolist() == [0] + [1] * 10 + [2] * 20


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_equally_played_tracks_are_in_one_third(plays: list[int]) -> None:
    """More plays never lead to a later third, and tracks that are not played are in the tail."""
    thirds = popularity_thirds(np.array(plays))

    by_plays = sorted(zip(plays, thirds.tolist(), strict=True), reverse=True)
    assert all(one[1] <= other[1] for one, other in pairwise(by_plays))
    assert all(third == 2 for count, third in by_plays if count == 0)
    assert len(set(by_plays)) == len(set(plays))


def test_values_of_ten_tracks_are_slices_and_the_rest_is_one() -> None:
    playlists = played([1] * 45)
    country = ["DE"] * 15 + ["FR"] * 10 + ["LU"] * 9
    cells = {str(track): (value,) for track, value in enumerate(country)}

    found = slices_of_column("country", cells, playlists)

    assert [(each.kind, each.value) for each in found] == [
        ("value", "DE"), ("value", "FR"), ("others", "other values"), ("missing", "no value"),
    ]  # fmt: skip
    members = slice_members(found, playlists, TrackMetadata("", columns={"country": cells}), {})
    assert [int(inside.sum()) for inside in members.values()] == [15, 10, 9, 11]
    assert np.sum(list(members.values()), axis=0).tolist() == [1] * 45


def test_at_most_twenty_values_are_slices_the_most_played() -> None:
    playlists = played([10] * 10 + [1] * 250)
    cells = {str(track): (f"v{track // 10:02}",) for track in range(260)}

    found = slices_of_column("kind", cells, playlists)

    values = [each.value for each in found if each.kind == "value"]
    assert len(values) == 20
    assert values[0] == "v00"
    assert found[-1] == Slice("others", "kind", "other values")


def test_track_with_several_values_is_in_each_slice() -> None:
    playlists = played([1] * 20)
    cells = {str(track): ("a", "b") if track < 10 else ("b",) for track in range(20)}

    found = slices_of_column("tag", cells, playlists)

    members = slice_members(found, playlists, TrackMetadata("", columns={"tag": cells}), {})
    assert [int(inside.sum()) for inside in members.values()] == [10, 20]


def test_column_of_many_numbers_is_cut_into_quarters() -> None:
    playlists = played([1] * 80)
    cells = {str(track): (str(1990 + track / 2),) for track in range(80)}

    found = slices_of_column("year", cells, playlists)

    assert [each.value for each in found] == ["lowest quarter", "second quarter", "third quarter", "highest quarter"]
    members = slice_members(found, playlists, TrackMetadata("", columns={"year": cells}), {})
    assert [int(inside.sum()) for inside in members.values()] == [20] * 4
    assert members[found[0]][:20].all()


def test_genre_slice_has_the_tagged_tracks_and_those_without_a_vector(sound_sample: Sample) -> None:
    """Tracks that have no vector are tagged by the same rule as the others."""
    whole = sample_model(sound_sample)
    kept = np.arange(0, len(sound_sample.keys), 2)
    half = replace(sound_sample, keys=[sound_sample.keys[row] for row in kept], vectors=sound_sample.vectors[kept])
    rock = Slice("genre", "genre", "rock")

    all_, some = (replace(model, slices=(rock,)).slice_members[rock] for model in (whole, sample_model(half)))

    assert np.array_equal(all_, some)
    tagged = {whole.tracks[track] for track in np.flatnonzero(whole.tags.codes == 0)}
    assert {whole.playlists.tracks[track] for track in np.flatnonzero(all_)} == tagged


def test_slices_do_not_depend_on_the_vectors(model: ModelUnderTest) -> None:
    sliced = replace(model, slices=POPULARITY)

    other = sliced.with_vectors(np.ones((len(model.tracks), 3)))

    assert other.slice_members is sliced.slice_members


def test_slugs_are_unique_and_contain_the_column() -> None:
    found = slice_slugs([Slice("value", "Made in", "R&B"), Slice("value", "made-in", "r b")])

    assert list(found) == ["made-in=r-b", "made-in=r-b-2"]
