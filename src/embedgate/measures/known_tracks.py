"""Known tracks: the neighbours that the user expects or rules out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.folding import fold
from embedgate.material.neighbours import nearest_neighbours
from embedgate.measures.measurement import Measurement, not_applicable
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embedgate.config.sections import KnownTrack
    from embedgate.material.model import ModelUnderTest

_TRACK, _ARTIST, _GENRE = "track:", "artist:", "genre:"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A nearest neighbour of a known track.

    Attributes:
        track: its key.
        cosine: to the known track.
        expected: the entries of `expect` that it matches.
        forbidden: the entries of `never` that it matches.
    """

    track: str
    cosine: float
    expected: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownTrackResult:
    """The neighbours of a known track.

    Attributes:
        known: the entry of the config.
        neighbours: nearest first.
        measurement: number of hits among them.
        required_hits: `min_hits`, or fewer if the entries that can be judged allow fewer; 0 without `expect`.
    """

    known: KnownTrack
    neighbours: tuple[Neighbour, ...]
    measurement: Measurement
    required_hits: int

    @property
    def applicable(self) -> bool:
        """Whether any of its entries can be judged."""
        return not self.measurement.not_applicable

    @property
    def passed(self) -> bool:
        """Whether the track is in the vocabulary, has enough hits and no forbidden neighbour."""
        hits = self.measurement.value or 0
        return self.applicable and not self.measurement.breach and hits >= self.required_hits


def neighbours_of(model: ModelUnderTest, track: int, topn: int) -> list[tuple[int, float]]:
    """Return the `topn` nearest neighbours of a track number and their cosines, nearest first."""
    own = np.arange(len(model.tracks), dtype=np.int32)
    query = slice(track, track + 1)
    graph = nearest_neighbours(model.unit[query], model.unit, topn, query_group=own[query], item_group=own)
    pairs = zip(graph.indices[0].tolist(), graph.similarities[0].tolist(), strict=True)
    return [(number, cosine) for number, cosine in pairs if number >= 0]


def check_known_track(model: ModelUnderTest, known: KnownTrack) -> KnownTrackResult:
    """Look up a known track, and compare its nearest neighbours with `expect` and `never`.

    If no neighbour has a genre, `genre:` entries cannot be judged; if no artist is known, `artist:` entries cannot.
    Only the other entries are judged then; if there are none, the known track is not applicable.
    """
    number, required = model.number_of.get(known.track), known.min_hits if known.expect else 0
    if number is None:
        return KnownTrackResult(known, (), _missing(model, known), required)
    found = tuple(
        Neighbour(model.tracks[near], cosine, _matched(model, near, known.expect), _matched(model, near, known.never))
        for near, cosine in neighbours_of(model, number, known.topn)
    )
    hits = sum(bool(one.expected) for one in found)
    forbidden = [one for one in found if one.forbidden]
    nearest = f"the {len(found)} nearest neighbours of {known.track!r}"
    breach = ""
    if forbidden:
        worst, entry = forbidden[0], forbidden[0].forbidden[0]
        breach = f"{worst.track!r} is among {nearest} (cosine {worst.cosine:.2f}); {entry!r} is excluded by `never`"
    untagged = bool(found) and not any(model.tags.all_of(model.number_of[one.track]) for one in found)
    without_artists = not any(model.catalogue.artists)
    genres = [entry for entry in known.expect if untagged and entry.startswith(_GENRE)]
    artists = [entry for entry in known.expect if without_artists and entry.startswith(_ARTIST)]
    never = [entry for entry in known.never if without_artists and entry.startswith(_ARTIST)]
    unjudged = [*genres, *artists]
    judged = [entry for entry in known.expect if entry not in unjudged]
    reasons = [f"none of {nearest} has a genre: {_quoted(genres)} cannot be judged"] if genres else []
    if artists or never:
        reasons.append(f"no artist is known: {_quoted(dict.fromkeys([*artists, *never]))} cannot be judged")
    why = "; ".join(reasons)
    vacuous = not known.expect and len(never) == len(known.never)
    none_judged = ((bool(unjudged) and not judged) or vacuous) and not breach
    unexpected = tuple(one.track for one in found if not one.expected)
    measurement = Measurement(
        value=None if none_judged else float(hits),
        n=len(found),
        summary=f"{hits} of {nearest} are as expected; the nearest are {_quoted(one.track for one in found[:3])}"
        + (f"; {why}" if why and not none_judged else ""),
        breach=breach,
        not_applicable=why if none_judged else "",
        tracks=tuple(one.track for one in forbidden) or unexpected,
        hint=_absent(model, known) or f"expected neighbours: {_quoted(known.expect)}" if known.expect else "",
    )
    # at most one hit per expected track, but any number per artist
    attainable = len(judged) if all(entry.startswith(_TRACK) for entry in judged) else known.topn
    return KnownTrackResult(known, found, measurement, min(required, attainable) if unjudged else required)


def _missing(model: ModelUnderTest, known: KnownTrack) -> Measurement:
    """Return the measurement of a known track that has no usable vector."""
    unusable = known.track in model.space.row_of
    summary = f"{known.track!r} {'has a vector that is not usable' if unusable else 'is not in the vocabulary'}"
    # ids that differ in a digit have nothing in common
    similar = [] if unusable or known.track.isdecimal() else close_matches(known.track, model.tracks)
    tracks = model.playlists.tracks
    plays = int(model.playlists.play_counts[tracks.index(known.track)]) if known.track in tracks else 0
    hint = "write the key as in the playlists"
    if unusable:
        hint = "the checks of integrity list the vectors that are not usable"
    elif plays:
        hint = f"it has {plays:,} plays: check whether it was filtered out before training, or lower min_count"
    return Measurement(
        value=0.0,
        n=0,
        summary=summary,
        breach=summary + (f"; similar keys: {_quoted(similar)}" if similar else ""),
        tracks=(known.track,),
        hint=hint,
    )


def known_rate(results: Sequence[KnownTrackResult]) -> Measurement:
    """Return the share of the applicable known tracks that pass, with an exact binomial interval."""
    if not results:
        return not_applicable("no known track is configured")
    results = [result for result in results if result.applicable]
    if not results:
        return not_applicable("no entry of a known track can be judged: its neighbours have no genre, or no artist")
    passed = sum(result.passed for result in results)
    return Measurement(
        value=passed / len(results),
        n=len(results),
        interval=binomial_interval(passed, len(results)),
        tracks=tuple(result.known.track for result in results if not result.passed),
        summary=f"{passed} of {len(results)} known tracks have the expected neighbours",
        hint="the check of each failed track lists its neighbours",
    )


def close_matches(track: str, vocabulary: Iterable[str], limit: int = 3) -> list[str]:
    """Return the keys that are most similar to `track` (edit distance, rapidfuzz's), best first."""
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - needed only if a track is missing

    found = process.extract(
        track, vocabulary, scorer=fuzz.ratio, processor=utils.default_process, limit=limit, score_cutoff=50
    )
    return [str(key) for key, _score, _place in found]


def _matched(model: ModelUnderTest, track: int, entries: Sequence[str]) -> tuple[str, ...]:
    return tuple(entry for entry in entries if _matches(model, track, entry))


def _matches(model: ModelUnderTest, track: int, entry: str) -> bool:
    kind, _, name = entry.partition(":")
    if kind == "track":
        return model.tracks[track] == name
    if kind == "artist":
        artist = model.catalogue.artists[track]
        return bool(artist) and fold(artist) == fold(name)
    return name in model.tags.all_of(track)


def _absent(model: ModelUnderTest, known: KnownTrack) -> str:
    """Return a hint that lists the expected tracks and artists without a vector."""
    artists = {fold(artist) for artist in model.catalogue.artists}
    absent = []
    for entry in known.expect:
        kind, _, name = entry.partition(":")
        if (kind == "track" and name not in model.number_of) or (kind == "artist" and fold(name) not in artists):
            absent.append(entry)
    return f"not in the vocabulary: {_quoted(absent)}" if absent else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
