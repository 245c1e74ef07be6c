"""A world of real lists is a reproducible draw, with groups from names and artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.power.real_lists import WORDS, RealCatalogue, RealLists, RealWorld
from benchmarks.power.sentences import sentences_of
from benchmarks.power.world import Playlists

GENRE_OF_ARTIST = {"JAY-Z": "rap", "Miles Davis": "jazz"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lists of one artist, of which every third names the genre, and one very long list."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "playlist_id": f"{user}-{genre if number % 3 == 0 else 'mix'} {number}",
            "track_sequence": [f"{artist}-Song {song}" for song in rng.choice(20, 6, replace=False)],
            "artist_sequence": [artist] * 6,
        }
        for user, (artist, genre) in enumerate(GENRE_OF_ARTIST.items())
        for number in range(60)
    ]
    rows.append({"playlist_id": "0-all", "track_sequence": ["A-B"] * 200, "artist_sequence": ["A"] * 200})
    path = tmp_path_factory.mktemp("lists") / "playlists.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return str(path)


@pytest.fixture(params=range(5))
def catalogue(file: str, request: pytest.FixtureRequest) -> RealCatalogue:
    return RealWorld.draw(file, "-", request.param).catalogue()


def test_a_draw_depends_on_the_seed_only(file: str) -> None:
    worlds = [RealWorld.draw(file, "-", seed) for seed in (1, 1, 2)]
    first, again, other = (_contents(world.catalogue().playlists(world.lists)) for world in worlds)

    assert worlds[0] == worlds[1] != worlds[2]
    assert first == again != other


def test_later_lists_are_held_out_of_the_draw(catalogue: RealCatalogue) -> None:
    drawn = set(catalogue.playlists(catalogue.world.lists).names)
    later = [catalogue.playlists(10, period).names for period in (1, 2)]
    unseen = catalogue.unseen(10).names

    assert len(drawn) == catalogue.world.lists
    assert all(len(names) == 10 and drawn.isdisjoint(names) for names in (*later, unseen))
    assert later[0] != later[1]
    assert "0-all" not in drawn.union(*later, unseen), "the archive of a listener is not a playlist"


def test_groups_are_genres_of_the_names_and_credited_artists(catalogue: RealCatalogue) -> None:
    drawn = catalogue.frame(catalogue.playlists(catalogue.world.lists))
    named = {key for _, row in drawn.iterrows() if "mix" not in row["playlist_id"] for key in row["track_sequence"]}
    genres = list(catalogue.genres)

    assert sorted(genres) == ["jazz", "rap"]
    artists = {key.rpartition("-")[0]: set[int]() for key in catalogue.keys}
    for key, genre, artist in zip(catalogue.keys, catalogue.genre_of, catalogue.artist_of, strict=True):
        name = key.rpartition("-")[0]
        artists[name].add(int(artist))
        assert genre == (genres.index(GENRE_OF_ARTIST[name]) if key in named else -1)
    assert list(map(len, artists.values())) == [1, 1, 1]
    assert len(set.union(*artists.values())) == 3


def test_frame_has_test_columns_if_the_world_has(catalogue: RealCatalogue) -> None:
    frame = catalogue.frame(catalogue.playlists(3))

    assert ("track_test_y" in frame) == catalogue.world.tested
    assert frame["artist_sequence"].map(len).equals(frame["track_sequence"].map(len))


def test_lists_without_artists_and_genre_words_have_no_groups() -> None:
    article = "== Title ==\nThe '''cat''' [[sat (verb)|sat]] on a mat. It slept.\nDogs, however, did not sleep!"
    lists = RealLists.of([f"sentence {number}" for number in range(200)], sentences_of(article) * 100)
    world = RealWorld(
        seed=0,
        source=WORDS,
        separator="",
        lists=150,
        tested=False,
        rare=True,
        algorithm="cbow",
        dimensions=8,
        epochs=1,
        min_count=1,
    )
    catalogue = RealCatalogue(world, lists)

    assert lists.keys == ("the", "cat", "sat", "on", "mat", "dogs", "however", "did", "not", "sleep")
    assert catalogue.genres == {}
    assert set(catalogue.genre_of) == {-1}
    assert len(set(catalogue.artist_of)) == len(lists.keys)


def _contents(playlists: Playlists) -> list[tuple[str, list[int]]]:
    return [(name, each.tolist()) for name, each in zip(playlists.names, playlists.tracks, strict=True)]
