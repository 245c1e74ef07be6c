"""A seeded simulator of listeners and their playlists.

A listener likes one to three related genres. A playlist is a random walk through a genre: each track is followed by
one that is close to it, popular, or by the same artist. Next-track retrieval learns this order. Duplicates of a song
have the same position: a playlist contains one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from embedgate.demo.playlist_names import (
    name_of_user,
    name_with_genre,
    name_with_two_genres,
    name_without_genre,
)
from embedgate.demo.tracks import GENRES, SEPARATOR, DemoTrack, load_tracks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NEIGHBOURS: dict[tuple[str, str], float] = {
    ("rock", "metal"): 0.5,  # guitars
    ("rock", "pop"): 0.5,  # radio
    ("rock", "country"): 0.3,  # southern rock, americana
    ("pop", "rnb"): 0.5,
    ("pop", "electronic"): 0.5,  # dance-pop
    ("pop", "latin"): 0.4,
    ("pop", "country"): 0.2,
    ("rap", "rnb"): 0.6,  # guests on each other's records
    ("rap", "latin"): 0.25,  # reggaeton
    ("rnb", "jazz"): 0.2,  # soul
    ("jazz", "classical"): 0.35,
    ("electronic", "rap"): 0.15,
    ("jazz", "latin"): 0.15,
}
_UNRELATED = 0.02  # taste for a genre that is not related
_STYLES = 4  # dimensions of a position within a genre
_SPREAD = 0.5  # of an artist's tracks around the artist
_REACH = 0.7  # scale of the step to the next track, in standard deviations of the artists of a genre
_SAME_ARTIST = 1.1  # log odds that the same artist follows
_SAME_SONG = -2.0  # log odds that another version of the song follows
_JUMP = 0.06  # probability that a walk restarts within its genre
_NOISE = 0.05  # probability that a track comes from any genre
_MIXED = 0.25  # share of playlists that mix the genres of their listener
_CROSSOVER = 0.25  # share of artists who are played in a related genre as well
_VISIT = 0.12  # probability that the next track is by such an artist of another genre
_NAMED = 0.45  # share of playlists that name their genre
_MISLABELLED = 0.03
_ROUNDS = 50  # of draws; a walk that needs more ends early
_TAIL_PLAYS = 0.3  # share of plays that go to the invented long tail, if there is one


def simulate(playlists: int = 20_000, *, long_tail: int = 0, seed: int = 2026) -> pd.DataFrame:
    """Simulate playlists of the built-in catalogue; equal arguments give equal frames.

    Args:
        playlists: number of playlists.
        long_tail: number of invented tracks of low popularity to add, for tests of scale.
        seed: seed of the random numbers.

    Returns:
        A frame with playlist_id (`<user>-<name>`, unique), artist_sequence, track_sequence, track_test_x (without
        the last track) and track_test_y (the last track).
    """
    rng = np.random.default_rng(seed)
    world = _World.of(load_tracks(), long_tail, rng)
    tastes = _tastes()
    ids: list[str] = []
    taken: dict[str, int] = {}
    walks: list[list[int]] = []
    while len(walks) < playlists:
        user = name_of_user(rng)
        liked = _liked(tastes, rng)
        for _ in range(min(int(rng.integers(1, 9)), playlists - len(walks))):
            genre = liked[min(int(rng.geometric(0.6)) - 1, len(liked) - 1)]
            mixed = len(liked) > 1 and rng.random() < _MIXED
            length = int(np.clip(rng.lognormal(3.25, 0.5), 5, 150))
            walks.append(_walk(world, liked if mixed else [genre], length, rng))
            plain = f"{user}-{_name(genre, liked, mixed=mixed, rng=rng)}"
            times = taken[plain] = taken.get(plain, 0) + 1
            ids.append(plain if times == 1 else f"{plain} ({times})")
    keys, artists = world.keys, world.artists
    tracks = [[keys[track] for track in walk] for walk in walks]
    return pd.DataFrame(
        {
            "playlist_id": ids,
            "artist_sequence": [[artists[track] for track in walk] for walk in walks],
            "track_sequence": tracks,
            "track_test_x": [each[:-1] for each in tracks],
            "track_test_y": [each[-1] for each in tracks],
        }
    )


@dataclass(frozen=True, eq=False)
class _World:
    """All tracks, and the transition probabilities within each genre.

    Attributes:
        keys, artists: by track number; the invented long tail comes last.
        members: track numbers of each genre.
        popular: cumulative popularity within each genre.
        follow: cumulative probability that a member follows a member, by genre, shape (m, m).
        visitors: tracks of other genres that are played in each genre.
        tail: invented tracks that may replace each track of the catalogue.
    """

    keys: list[str]
    artists: list[str]
    members: list[NDArray[np.intp]] = field(repr=False)
    popular: list[NDArray[np.float64]] = field(repr=False)
    follow: list[NDArray[np.float64]] = field(repr=False)
    visitors: list[NDArray[np.intp]] = field(repr=False)
    tail: list[range] = field(repr=False)

    @classmethod
    def of(cls, tracks: Sequence[DemoTrack], long_tail: int, rng: np.random.Generator) -> _World:
        members, popular, follow = [], [], []
        visitors: list[list[int]] = [[] for _ in GENRES]
        tastes = _tastes()
        for genre in GENRES:
            own = np.array([number for number, track in enumerate(tracks) if track.genre == genre])
            names = [tracks[number].artist for number in own]
            order = {name: rank for rank, name in enumerate(dict.fromkeys(names))}
            artist = np.array([order[name] for name in names])
            start = np.searchsorted(artist, artist)
            rank = np.arange(len(own)) - start
            weight = (artist + 2.0) ** -0.7 * (rank + 1.0) ** -0.5
            song = _songs([tracks[number] for number in own])
            point = _points(artist, song, rng)
            distance = ((point[:, None] - point[None]) ** 2).sum(axis=2)
            odds = np.log(weight)[None] - distance / (2 * _REACH**2)
            odds = odds + _SAME_ARTIST * (artist[:, None] == artist[None])
            odds = odds + _SAME_SONG * (song[:, None] == song[None])
            np.fill_diagonal(odds, -np.inf)
            chance = np.exp(odds - odds.max(axis=1, keepdims=True))
            members.append(own)
            popular.append(np.cumsum(weight / weight.sum()))
            follow.append(np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1))
            near = tastes[len(members) - 1] * (tastes[len(members) - 1] > _UNRELATED)
            chance_of = near / near.sum()
            for one in np.flatnonzero(rng.random(int(artist.max()) + 1) < _CROSSOVER):
                visitors[int(rng.choice(len(GENRES), p=chance_of))].extend(own[artist == one].tolist())
        keys = [track.key for track in tracks]
        artists = [track.artist for track in tracks]
        bounds = np.linspace(0, long_tail, len(tracks) + 1).astype(int) + len(tracks)
        for number in range(long_tail):
            name = f"Invented Artist {number // 6:06}"
            artists.append(name)
            keys.append(f"{name}{SEPARATOR}Invented Song {number % 6 + 1}")
        tail = [range(low, high) for low, high in pairwise(bounds.tolist())]
        guests = [np.array(each, dtype=np.intp) for each in visitors]
        return cls(keys, artists, members, popular, follow, guests, tail)


def _songs(tracks: Sequence[DemoTrack]) -> NDArray[np.intp]:
    """Return the first track of the same song for each track, without suffixes after a dash or in brackets."""
    first: dict[tuple[str, str], int] = {}
    plain = ((track.artist, track.title.split(" - ")[0].split(" (")[0].casefold()) for track in tracks)
    return np.array([first.setdefault(song, number) for number, song in enumerate(plain)])


def _points(artist: NDArray[np.intp], song: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the position of each track within its genre, close to its artist; versions of a song share one."""
    centre = rng.standard_normal((int(artist.max()) + 1, _STYLES))
    points = centre[artist] + _SPREAD * rng.standard_normal((len(artist), _STYLES))
    return np.asarray(points[song])


def _tastes() -> NDArray[np.float64]:
    """Return how likely a listener of one genre is to like another, shape (genres, genres)."""
    tastes = np.full((len(GENRES), len(GENRES)), _UNRELATED)
    for (first, second), strength in _NEIGHBOURS.items():
        one, other = GENRES.index(first), GENRES.index(second)
        tastes[one, other] = tastes[other, one] = strength
    np.fill_diagonal(tastes, 0)
    return tastes


def _liked(tastes: NDArray[np.float64], rng: np.random.Generator) -> list[int]:
    """Draw one to three genres, the favourite first."""
    favourite = int(rng.integers(len(GENRES)))
    others = int(rng.choice(3, p=(0.35, 0.4, 0.25)))
    chance = tastes[favourite] / tastes[favourite].sum()
    return [favourite, *rng.choice(len(GENRES), size=others, replace=False, p=chance).tolist()]


def _walk(world: _World, genres: list[int], length: int, rng: np.random.Generator) -> list[int]:
    """Walk from track to track, without repetition."""
    # repeated tracks use up draws, so more are drawn when needed
    draws = chain.from_iterable(rng.random((2 * length, 5)).tolist() for _ in range(_ROUNDS))
    genre = genres[0]
    here = -1
    walk: dict[int, None] = {}
    for step, jump, which, tail, visit in draws:
        if len(walk) == length:
            break
        if jump < _NOISE:
            anywhere = int(which * len(GENRES))
            track = int(world.members[anywhere][_pick(world.popular[anywhere], step)])
        elif visit < _VISIT and len(world.visitors[genre]):
            track = int(world.visitors[genre][int(step * len(world.visitors[genre]))])
        else:
            if len(genres) > 1 and which < 0.25:
                genre, here = genres[int(which * 4 * len(genres))], -1
            if here < 0 or jump < _NOISE + _JUMP:
                place = _pick(world.popular[genre], step)
            else:
                place = _pick(world.follow[genre][here], step)
            here, track = place, int(world.members[genre][place])
        hanging = world.tail[track]
        if len(hanging) and tail < _TAIL_PLAYS:
            track = hanging[int(tail / _TAIL_PLAYS * len(hanging))]
        walk[track] = None
    return list(walk)


def _pick(cumulative: NDArray[np.float64], draw: float) -> int:
    return min(int(cumulative.searchsorted(draw, "right")), len(cumulative) - 1)


def _name(genre: int, liked: list[int], *, mixed: bool, rng: np.random.Generator) -> str:
    draw = rng.random()
    if mixed:
        if draw < 0.2:
            return name_with_two_genres(GENRES[liked[0]], GENRES[liked[1]], rng)
        return name_without_genre(rng)
    if draw < _NAMED * (1 - _MISLABELLED):
        return name_with_genre(GENRES[genre], rng)
    if draw < _NAMED:
        return name_with_genre(GENRES[rng.integers(len(GENRES))], rng)
    return name_without_genre(rng)
