"""Artist and title out of a key."""

from __future__ import annotations

import pytest

from embedgate.material.catalogue import TrackCatalogue


@pytest.mark.parametrize(
    ("key", "artist_of", "separator", "artist", "title"),
    [
        ("Daft Punk-Get Lucky", {}, "-", "Daft Punk", "Get Lucky"),
        ("Daft Punk-Get Lucky - Radio Edit", {}, "-", "Daft Punk", "Get Lucky - Radio Edit"),
        ("JAY-Z-99 Problems", {"JAY-Z-99 Problems": "JAY-Z"}, "-", "JAY-Z", "99 Problems"),
        ("JAY-Z-99 Problems", {}, "-", "JAY", "Z-99 Problems"),  # nobody told better
        ("Jay Z-99 Problems", {"Jay Z-99 Problems": "JAY-Z"}, "-", "JAY-Z", "99 Problems"),
        ("A::B::C", {}, "::", "A", "B::C"),
        ("spotify:track:4uLU6", {}, "", "", "spotify:track:4uLU6"),
        ("4uLU6", {"4uLU6": "Queen"}, "", "Queen", "4uLU6"),
        ("4uLU6", {"4uLU6": "Queen"}, "-", "Queen", "4uLU6"),
        ("no separator here", {}, "-", "", "no separator here"),
        ("-Untitled", {}, "-", "", "Untitled"),
        ("Artist-", {}, "-", "Artist", ""),
    ],
)
def test_a_key_is_taken_apart(key: str, artist_of: dict[str, str], separator: str, artist: str, title: str) -> None:
    """The artist that the playlists name wins; else what stands before the first separator; else there is none."""
    catalogue = TrackCatalogue.of([key], artist_of, separator)

    assert (catalogue.artists, catalogue.titles) == ((artist,), (title,))
    assert len(catalogue) == 1


def test_one_artist_has_one_number_however_written() -> None:
    """Case and accents part no artist; tracks without artist are each by somebody else."""
    keys = ["Beyoncé-Halo", "BEYONCE-Formation", "Adele-Hello", "untitled", "unknown"]
    codes = TrackCatalogue.of(keys, {}, "-").artist_codes.tolist()

    assert codes[0] == codes[1]
    assert len(set(codes)) == 4


def test_artists_of_signs_alone_are_artists() -> None:
    """`!!!` and `+/-` are two artists, not nobody."""
    catalogue = TrackCatalogue.of(["!!!~One", "!!!~Two", "+/-~One"], {}, "~")
    codes = catalogue.artist_codes.tolist()

    assert codes[0] == codes[1] != codes[2]
    assert catalogue.has_artists


@pytest.mark.parametrize(
    ("keys", "separator", "expected"),
    [
        (["A-1", "A-2"], "-", True),
        (["A-1", "B-2"], "-", False),  # no two tracks by one artist
        (["A-1", "A-2"], "", False),
        ([], "-", False),
    ],
)
def test_artists_are_known_where_one_has_two_tracks(keys: list[str], separator: str, *, expected: bool) -> None:
    """Without two tracks by one artist, nothing can be said about same-artist neighbours."""
    assert TrackCatalogue.of(keys, {}, separator).has_artists is expected


def test_titles_are_read_without_their_artist() -> None:
    """The song and its version come from the title, in the order of the keys."""
    parsed = TrackCatalogue.of(["JAY-Z-Encore - Live", "B-Song"], {"JAY-Z-Encore - Live": "JAY-Z"}, "-").parsed

    assert [title.song for title in parsed] == ["encore", "song"]
    assert parsed[0].version != parsed[1].version
