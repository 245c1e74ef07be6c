"""Metadata of tracks: which labels are judged, and the tags that they give."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.errors import MaterialError
from embedgate.material.catalogue import TrackCatalogue
from embedgate.material.labels import label_tracks
from embedgate.material.metadata import MAX_LABELS, TrackMetadata


def labelled(**counts: int) -> TrackMetadata:
    """Metadata with a number of tracks for each label."""
    labels = {f"{label}{number}": (label,) for label, count in counts.items() for number in range(count)}
    return TrackMetadata("here", labels=labels)


def test_labels_of_ten_tracks_are_judged_in_alphabetical_order() -> None:
    found = labelled(rock=12, jazz=10, polka=9)

    assert found.judged_labels() == ("jazz", "rock")
    assert found.all_labels == ["rock", "jazz", "polka"]


def test_most_frequent_labels_are_judged() -> None:
    counts = {f"l{number:03}": 10 + (number % 7 > 0) for number in range(400)}

    judged = labelled(**counts).judged_labels()

    assert len(judged) == MAX_LABELS
    assert set(judged) <= {label for label, count in counts.items() if count == 11}


@pytest.mark.parametrize(("counts", "shown"), [({"a": 9, "b": 3}, "'a' (9), 'b' (3)"), ({}, "are none")])
def test_too_rare_labels_are_an_error(counts: dict[str, int], shown: str) -> None:
    """No separation would be judged."""
    with pytest.raises(MaterialError) as caught:
        labelled(**counts).judged_labels()

    assert "no label has 10 tracks" in str(caught.value)
    assert shown in str(caught.value)


def test_artists_and_titles_of_the_catalogue_take_precedence() -> None:
    """A track without metadata keeps those of its key and of the playlists."""
    metadata = TrackMetadata("here", titles={"A-1": "One"}, artists={"A-1": "Abba", "3": "Cher"})

    found = TrackCatalogue.of(["A-1", "A-2", "3", "4"], {"3": "no", "4": "Dido"}, "-", metadata=metadata)

    assert found.artists == ("Abba", "A", "Cher", "Dido")
    assert found.titles == ("One", "2", "3", "4")


def test_tracks_have_their_labels_as_genres() -> None:
    labels = {"a": ("rare", "rock", "jazz"), "b": ("jazz",), "c": ("rare",)}

    tags = label_tracks(["a", "b", "c", "d"], labels, ["jazz", "rock"], np.array([0, 0, 1, 2]), "here")

    assert tags.codes.tolist() == [1, 0, -1, -1]
    assert [tags.genre_of(track) for track in range(4)] == ["rock", "jazz", "", ""]
    assert tags.all_of(0) == ("rare", "rock", "jazz")
    assert tags.has(0).tolist() == [True, True, False, False]
    assert (tags.tracks.tolist(), tags.artists.tolist()) == ([2, 1], [1, 1])


def test_single_labels_need_no_membership_matrix() -> None:
    tags = label_tracks(["a", "b"], {"a": ("x",), "b": ("y",)}, ["x", "y"], np.arange(2), "here")

    assert tags.members is None
    assert tags.has(1).tolist() == [False, True]
