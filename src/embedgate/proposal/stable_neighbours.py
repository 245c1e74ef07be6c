"""Known tracks: popular tracks, and the tracks that are played close to them in every sample of the playlists."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from embedgate.config.sections import KnownTrack
from embedgate.material.neighbours import neighbour_graph
from embedgate.proposal.played_together import ClosePlays
from embedgate.proposal.trained_space import skip_gram
from embedgate.statistics import SEED
from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace

BOOTSTRAPS = 100
HOLDS = 0.9
"""Share of the bootstraps in which an expected neighbour is among the closest."""
LEVEL = 0.001
"""Probability that a known track passes for permuted vectors."""
_CLOSEST = 10
_CONSIDERED = 100  # neighbours that may be among the closest in a bootstrap
_CANDIDATES = 200
_TOPN = (10, 25, 50)
_DIMENSIONS = 96


@dataclass(frozen=True)
class ProposedTrack:
    """A known track, and why it is one.

    Attributes:
        known: the entry of the config.
        title: of the track, if it is not part of its key; else "".
        plays: of the track.
        stable: number of neighbours that hold.
        hits: expected neighbours in spaces that are computed from the playlists, the fewest of them.
        chance: probability that permuted vectors pass.
        is_unmet: whether the model under test, which passes all other checks, does not meet it.
    """

    known: KnownTrack
    title: str
    plays: int
    stable: int
    hits: int
    chance: float
    is_unmet: bool = False


def propose_known_tracks(model: ModelUnderTest, most: int) -> list[ProposedTrack]:
    """Return popular tracks whose neighbours hold: one per artist, and none with the neighbours of another one.

    The closest neighbours of a track share most contexts with it. Those that are among the ten closest in nine of ten
    bootstraps of the playlists are expected; several by one artist are written as the artist. The required hits are
    half of the hits in two spaces that are computed from the playlists (`ClosePlays.stand_in`, `skip_gram`), and at
    least as many as permuted vectors have once in a thousand times; a track without twice as many is not proposed.

    Args:
        model: keys and playlists; its vectors are not used.
        most: number of tracks.
    """
    together = ClosePlays.of(model.playlists, model.playlist_track_numbers, len(model.tracks))
    spaces = (
        together.stand_in(model.tracks, _DIMENSIONS),
        skip_gram(model.playlists, model.playlist_track_numbers, model.tracks),
    )
    popular = np.argsort(-model.plays, kind="stable")[:_CANDIDATES].tolist()
    near = [_nearest(model, space, popular) for space in spaces if space is not None]
    candidates = [
        found
        for track in popular
        if near and (found := _proposal(model, near, track, stable_neighbours(together, track))) is not None
    ]
    candidates.sort(key=lambda each: (each.known.topn, -each.hits))  # stable: the most played first
    chosen: list[ProposedTrack] = []
    taken: set[str] = set()
    for each in candidates:
        own = {f"track:{each.known.track}", f"artist:{_artist(model, each.known.track)}", *each.known.expect}
        if len(chosen) < most and taken.isdisjoint(own):
            chosen.append(each)
            taken |= own - {"artist:"}
    return chosen


def stable_neighbours(together: ClosePlays, track: int) -> list[int]:
    """Return the tracks that are among the ten closest ones of a track in nine of ten bootstraps, closest first.

    The closeness of two tracks is the number of close plays, divided by the root of those of either track (Ochiai
    1957). Playlists are resampled: each counts as often as a draw from the Poisson distribution of mean 1.
    """
    near, playlists = together.with_track(track)
    closeness = np.asarray(near.sum(axis=0)).ravel() / np.sqrt(np.maximum(together.times, 1))
    considered = np.argsort(-closeness, kind="stable")[:_CONSIDERED]
    considered = considered[closeness[considered] > 0]
    times = np.random.default_rng([SEED, track]).poisson(1, size=(BOOTSTRAPS, len(playlists)))
    drawn = (times @ near[:, considered].toarray()) / np.sqrt(together.times[considered])
    closest = np.argsort(-drawn, axis=1, kind="stable")[:, :_CLOSEST]
    among = np.zeros(drawn.shape, dtype=bool)
    np.put_along_axis(among, closest, values=True, axis=1)
    holds = (among & (drawn > 0)).mean(axis=0) >= HOLDS
    return [int(number) for number in considered[holds]]


def _nearest(model: ModelUnderTest, space: EmbeddingSpace, tracks: list[int]) -> dict[int, list[str]]:
    """Return the keys of the fifty nearest neighbours in a space of those tracks that are in it, nearest first."""
    keys = [space.keys[row] for row in space.usable]
    number_of = {key: number for number, key in enumerate(keys)}
    inside = [track for track in tracks if model.tracks[track] in number_of]
    rows = np.array([number_of[model.tracks[track]] for track in inside], dtype=np.intp)
    graph = neighbour_graph(space.unit, _TOPN[-1], rows=rows)
    return {
        track: [keys[number] for number in near if number >= 0]
        for track, near in zip(inside, graph.indices.tolist(), strict=True)
    }


def _proposal(
    model: ModelUnderTest, nearest: list[dict[int, list[str]]], track: int, stable: list[int]
) -> ProposedTrack | None:
    """Return a track with its expected neighbours; None if a sound model may not have enough of them."""
    expect, expected = _entries(model, track, stable)
    written = (model.tracks[track], *expect)
    if not expect or replace_surrogates(written) != written:  # no TOML can contain a lone surrogate
        return None
    known = KnownTrack(track=model.tracks[track], expect=expect)
    near = [[key in expected for key in each.get(track, ())] for each in nearest]
    title = model.catalogue.titles[track]
    title = "" if title in known.track else title
    for topn in _TOPN:
        hits = min(sum(each[:topn]) for each in near)
        needed = hits_beyond_chance(len(model.tracks) - 1, len(expected), topn)
        if needed is not None and hits >= 2 * needed:
            required = max(needed, hits // 2)
            return ProposedTrack(
                known.model_copy(update={"topn": topn, "min_hits": required}),
                title,
                int(model.plays[track]),
                len(stable),
                hits,
                tail(len(model.tracks) - 1, len(expected), topn, required),
            )
    return None


def _entries(model: ModelUnderTest, track: int, stable: list[int]) -> tuple[tuple[str, ...], set[str]]:
    """Return the entries of `expect`, and the keys that match them; an artist of several tracks is one entry."""
    artists = model.catalogue.artists
    several = {artist for artist, times in Counter(artists[each] for each in stable).items() if artist and times > 1}
    entries = dict.fromkeys(
        f"artist:{artists[each]}" if artists[each] in several else f"track:{model.tracks[each]}" for each in stable
    )
    folded = {model.catalogue.folded_artists[each] for each in stable if artists[each] in several}
    expected = {model.tracks[each] for each in stable}
    if folded:
        expected |= {
            key for key, own in zip(model.tracks, model.catalogue.folded_artists, strict=True) if own in folded
        }
    return tuple(entries), expected - {model.tracks[track]}


def _artist(model: ModelUnderTest, key: str) -> str:
    return model.catalogue.artists[model.number_of[key]]


def hits_beyond_chance(tracks: int, expected: int, topn: int) -> int | None:
    """Return the fewest hits that permuted vectors have at most once in a thousand times; None if there is none."""
    return next((hits for hits in range(1, topn + 1) if tail(tracks, expected, topn, hits) <= LEVEL), None)


def tail(tracks: int, expected: int, topn: int, hits: int) -> float:
    """Return the probability of so many expected tracks or more among `topn` random ones (hypergeometric)."""
    ways = sum(comb(expected, some) * comb(tracks - expected, topn - some) for some in range(hits, topn + 1))
    return ways / comb(tracks, topn) if topn <= tracks else 1.0
