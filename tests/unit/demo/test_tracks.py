"""The catalogue of the demonstration is large enough for the checks, and malformed catalogues are rejected."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from embedgate.demo.tracks import GENRES, DemoTrack, load_tracks

if TYPE_CHECKING:
    from pathlib import Path

TRACKS = load_tracks()


def write_catalogue(folder: Path, rock: str) -> Path:
    """Write a catalogue of one track per genre, with the given text for rock.tsv."""
    for genre in GENRES:
        (folder / f"{genre}.tsv").write_text(f"artist\ttitle\n{genre} band\tSong\n", encoding="utf-8")
    (folder / "rock.tsv").write_text(rock, encoding="utf-8")
    return folder


def test_key_is_artist_dash_title_even_if_the_artist_contains_a_dash() -> None:
    assert DemoTrack("JAY-Z", "99 Problems", "rap").key == "JAY-Z-99 Problems"


def test_catalogue_is_large_enough() -> None:
    assert len(TRACKS) >= 1_000
    assert len({track.artist for track in TRACKS}) >= 200
    assert {track.genre for track in TRACKS} == set(GENRES)
    assert len(GENRES) == 10


@pytest.mark.parametrize("genre", GENRES)
def test_each_genre_has_enough_artists_and_tracks(genre: str) -> None:
    own = [track for track in TRACKS if track.genre == genre]

    assert len(own) >= 110
    assert len({track.artist for track in own}) >= 22


def test_keys_are_unique() -> None:
    assert len({track.key for track in TRACKS}) == len(TRACKS)


def test_no_artist_is_in_two_genres() -> None:
    """In the demonstration, the genre of an artist is the ground truth."""
    genres = defaultdict(set)
    for track in TRACKS:
        genres[track.artist].add(track.genre)

    assert {artist: found for artist, found in genres.items() if len(found) > 1} == {}


def test_tracks_of_an_artist_are_adjacent() -> None:
    """The simulator numbers the artists of a genre in the order of their first track."""
    artists = [track.artist for track in TRACKS]
    starts = [now for before, now in zip([None, *artists], artists, strict=False) if now != before]

    assert len(starts) == len(set(starts))


def test_catalogue_contains_get_lucky_and_its_radio_edit() -> None:
    keys = {track.key: track.genre for track in TRACKS}

    assert keys["Daft Punk-Get Lucky"] == "electronic"
    assert keys["Daft Punk-Get Lucky - Radio Edit"] == "electronic"


def test_folder_replaces_the_built_in_catalogue(tmp_path: Path) -> None:
    tracks = load_tracks(write_catalogue(tmp_path, "artist\ttitle\nA\tOne\nA\tTwo\n"))

    assert [track.key for track in tracks if track.genre == "rock"] == ["A-One", "A-Two"]
    assert len(tracks) == len(GENRES) + 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A", "one column"),
        ("A\tTwo\tThree", "three columns"),
        ("A\t", "no title"),
        (" \tTwo", "no artist"),
        ("", "an empty line"),
        ("A\tOne", "a repeated track"),
    ],
)
def test_malformed_line_is_reported_with_its_file(tmp_path: Path, line: str, why: str) -> None:
    folder = write_catalogue(tmp_path, f"artist\ttitle\nA\tOne\n{line}\nB\tLast\n")

    with pytest.raises(ValueError, match=r"rock\.tsv, line 3"):
        load_tracks(folder)


@pytest.mark.parametrize("text", ["", "A\tOne\n", "title\tartist\nOne\tA\n"])
def test_missing_header_is_rejected(tmp_path: Path, text: str) -> None:
    """Without this error, the first track would be skipped as the header."""
    with pytest.raises(ValueError, match=r"rock\.tsv, line 1"):
        load_tracks(write_catalogue(tmp_path, text))
