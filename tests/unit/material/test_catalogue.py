"""Artist and title of a key."""

from __future__ import annotations

import pytest

from embedgate.material.catalogue import TrackCatalogue


@pytest.mark.parametrize(
    ("key", "artist_of", "separator", "artist", "title"),
    [
        ("Daft Punk-Get Lucky", {}, "-", "Daft Punk", "Get Lucky"),
        ("Daft Punk-Get Lucky - Radio Edit", {}, "-", "Daft Punk", "Get Lucky - Radio Edit"),
        ("JAY-Z-99 Problems", {"JAY-Z-99 Problems": "JAY-Z"}, "-", "JAY-Z", "99 Problems"),
        ("JAY-Z-99 Problems", {}, "-", "JAY", "Z-99 Problems"),  # no artist in the playlists
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
def test_key_is_split_into_artist_and_title(
    key: str, artist_of: dict[str, str], separator: str, artist: str, title: str
) -> None:
    """The artist in the playlists takes precedence over the text before the first separator."""
    catalogue = TrackCatalogue.of([key], artist_of, separator)

    assert (catalogue.artists, catalogue.titles) == ((artist,), (title,))
    assert len(catalogue) == 1


def test_artist_codes_ignore_case_and_accents() -> None:
    """Different spellings of an artist share a code; each track without an artist has its own code."""
    keys = ["Beyoncé-Halo", "BEYONCE-Formation", "Adele-Hello", "untitled", "unknown"]
    codes = TrackCatalogue.of(keys, {}, "-").artist_codes.tolist()

    assert codes[0] == codes[1]
    assert len(set(codes)) == 4


def test_artist_codes_ignore_script_variants_and_the_place_of_the_article() -> None:
    """Traditional and simplified Han, forms of hamza, and a trailing article are spellings of one name."""
    keys = ["周杰倫-A", "周杰伦-B", "أم كلثوم-A", "ام كلثوم-B", "Beatles, The-A", "The Beatles-B"]
    codes = TrackCatalogue.of(keys, {}, "-").artist_codes.tolist()

    assert codes == [0, 0, 1, 1, 2, 2]


def test_artists_without_letters_are_distinct() -> None:
    """Examples are `!!!` and `+/-`."""
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
def test_has_artists_requires_two_tracks_by_one_artist(keys: list[str], separator: str, *, expected: bool) -> None:
    """Without two tracks by one artist, same-artist neighbours cannot be measured."""
    assert TrackCatalogue.of(keys, {}, separator).has_artists is expected


def test_recordings_differ_in_artist_song_or_version() -> None:
    """Titles are parsed without the artist, whose name may contain the separator."""
    keys = ["JAY-Z-Encore - Live", "B-Song", "JAY-Z-Encore", "B-Song (Remastered)", "C-Song", "JAY-Z-Encore (Live)"]
    artists = {key: "JAY-Z" for key in keys if key.startswith("JAY")}

    assert TrackCatalogue.of(keys, artists, "-").recordings.tolist() == [0, 1, 2, 1, 3, 0]
