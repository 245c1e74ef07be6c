"""Tracks that the user knows, and who has to be near them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.neighbours import nearest_neighbours
from embedgate.material.folding import fold
from embedgate.measures.measurement import Measurement, not_applicable
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedgate.config import KnownTrack
    from embedgate.material.model import ModelUnderTest


_TRACK, _GENRE = "track:", "genre:"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour, and what the user says of it.

    Attributes:
        track: its key.
        cosine: to the known track.
        expected: the entries of `expect` that it meets.
        forbidden: the entries of `never` that it meets.
    """

    track: str
    cosine: float
    expected: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownTrackResult:
    """A known track, its neighbours, and the measurement they give.

    Attributes:
        known: the entry of the config.
        neighbours: nearest first.
        measurement: hits among them.
        required_hits: hits that are needed: `min_hits`, or as many as the expectations that can be judged allow.
    """

    known: KnownTrack
    neighbours: tuple[Neighbour, ...]
    measurement: Measurement
    required_hits: int

    @property
    def applicable(self) -> bool:
        """Whether any of its expectations can be judged."""
        return not self.measurement.not_applicable

    @property
    def passed(self) -> bool:
        """Whether the track is there, has enough hits and no forbidden neighbour."""
        hits = self.measurement.value or 0
        return self.applicable and not self.measurement.breach and hits >= self.required_hits


def required_hits(known: KnownTrack) -> int:
    """Hits that a known track needs; none where it only says what must never be near."""
    return known.min_hits if known.expect else 0


def neighbours_of(model: ModelUnderTest, track: int, topn: int) -> list[tuple[int, float]]:
    """The `topn` nearest of a track number and their cosines, nearest first, itself left out."""
    myself = np.arange(len(model.tracks), dtype=np.int32)
    graph = nearest_neighbours(
        model.unit[track : track + 1],
        model.unit,
        topn,
        query_group=myself[track : track + 1],
        item_group=myself,
    )
    pairs = zip(graph.indices[0].tolist(), graph.similarities[0].tolist(), strict=True)
    return [(number, cosine) for number, cosine in pairs if number >= 0]


def check_known_track(model: ModelUnderTest, known: KnownTrack) -> KnownTrackResult:
    """Look up a known track and mark what is expected and what is forbidden among its neighbours.

    Where none of the neighbours has a genre, expectations of a genre cannot be judged: the others are judged alone,
    and without others the known track is not applicable.
    """
    number = model.number_of.get(known.track)
    if number is None:
        broken = known.track in model.space.row_of
        why = "has a vector that is not usable" if broken else "is not in the vocabulary"
        spellings = close_matches(known.track, model.tracks)
        near = f"; the nearest spellings are {_quoted(spellings)}" if spellings and not broken else ""
        return KnownTrackResult(
            known,
            (),
            Measurement(
                value=0.0,
                n=0,
                summary=f"{known.track!r} {why}",
                breach=f"{known.track!r} {why}{near}",
                tracks=(known.track,),
                hint="spell it as the playlists do, or lower min_count",
            ),
            required_hits(known),
        )
    found = tuple(
        Neighbour(
            model.tracks[near],
            cosine,
            _met(model, near, known.expect),
            _met(model, near, known.never),
        )
        for near, cosine in neighbours_of(model, number, known.topn)
    )
    hits = sum(bool(one.expected) for one in found)
    forbidden = [one for one in found if one.forbidden]
    names = [one.track for one in found]
    breach = ""
    if forbidden:
        worst = forbidden[0]
        breach = (
            f"{worst.track!r} is among the {len(found)} nearest of {known.track!r} (cosine {worst.cosine:.2f}), "
            f"and {worst.forbidden[0]!r} must never be"
        )
    untagged = bool(found) and not any(model.tags.genre_of(model.number_of[name]) for name in names)
    unjudged = [entry for entry in known.expect if untagged and entry.startswith(_GENRE)]
    judged = [entry for entry in known.expect if entry not in unjudged]
    why = f"none of the {len(found)} nearest of {known.track!r} has a genre: {_quoted(unjudged)} cannot be judged"
    nothing = bool(unjudged) and not judged and not breach
    return KnownTrackResult(
        known,
        found,
        Measurement(
            value=None if nothing else float(hits),
            n=len(found),
            summary=f"{hits} of the {len(found)} nearest of {known.track!r} are as expected; "
            f"the nearest are {_quoted(names[:3])}" + (f"; {why}" if unjudged and not nothing else ""),
            breach=breach,
            not_applicable=why if nothing else "",
            tracks=tuple(one.track for one in forbidden) or tuple(one.track for one in found if not one.expected),
            hint=_absent(model, known) or f"what you expect there is {_quoted(known.expect)}" if known.expect else "",
        ),
        min(required_hits(known), _attainable(judged, known.topn)) if unjudged else required_hits(known),
    )


def _attainable(entries: Sequence[str], topn: int) -> int:
    """Return the most hits that entries can have: a track has one, an artist any number."""
    return len(entries) if all(entry.startswith(_TRACK) for entry in entries) else topn


def known_rate(results: Sequence[KnownTrackResult]) -> Measurement:
    """Share of the applicable known tracks that hold, with an exact binomial interval."""
    if not results:
        return not_applicable("no known track is configured")
    results = [result for result in results if result.applicable]
    if not results:
        return not_applicable("no known track has a neighbour with a genre, and only genres are expected")
    holding = sum(result.passed for result in results)
    value = holding / len(results)
    return Measurement(
        value=value,
        n=len(results),
        interval=binomial_interval(holding, len(results)),
        tracks=tuple(result.known.track for result in results if not result.passed),
        summary=f"{holding} of {len(results)} known tracks have the neighbours that were expected",
        hint="each that does not has a check of its own: look at its neighbours there",
    )


def close_matches(track: str, vocabulary: Iterable[str], limit: int = 3) -> list[str]:
    """The keys that are spelt most like `track`, best first."""
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - needed only when a track is missing

    found = process.extract(
        track, vocabulary, scorer=fuzz.ratio, processor=utils.default_process, limit=limit, score_cutoff=50
    )
    return [str(key) for key, _score, _place in found]


def _met(model: ModelUnderTest, track: int, entries: Sequence[str]) -> tuple[str, ...]:
    return tuple(entry for entry in entries if _meets(model, track, entry))


def _meets(model: ModelUnderTest, track: int, entry: str) -> bool:
    kind, _, name = entry.partition(":")
    if kind == "track":
        return model.tracks[track] == name
    if kind == "artist":
        artist = model.catalogue.artists[track]
        return bool(artist) and fold(artist) == fold(name)
    return model.tags.genre_of(track) == name


def _absent(model: ModelUnderTest, known: KnownTrack) -> str:
    """Name the expected tracks and artists that are not in the vocabulary at all."""
    artists = {fold(artist) for artist in model.catalogue.artists}
    gone = []
    for entry in known.expect:
        kind, _, name = entry.partition(":")
        if (kind == "track" and name not in model.number_of) or (kind == "artist" and fold(name) not in artists):
            gone.append(entry)
    return f"not in the vocabulary at all: {_quoted(gone)}" if gone else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
