"""Causes in the keys: ids of another type, another spelling, or a model of other playlists."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from embedgate.diagnosis.explained import explained
from embedgate.diagnosis.key_spelling import respelling
from embedgate.judgement.diagnosis_record import SHOWN, Diagnosis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.diagnosis.key_spelling import Respelling
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_OF_MISSING_TRACKS = (
    *("vocabulary.coverage", "vocabulary.playlists", "vocabulary.top"),
    *("neighbours.known", "neighbours.known_rate", "retrieval"),
    *("champion.lost", "champion.churn", "champion.new_duplicates"),
)
_OF_NO_TRACKS = ("neighbours", "separation", "map", "champion", "geometry")
"""Families that are inconclusive without played tracks."""
_ENOUGH_PLAYS = 0.5
"""Share of plays with a vector from which on other causes are looked for in the covered tracks."""
_MIN_PAIRS = 5
_MOST, _MANY = 0.5, 0.1  # of the missing plays, and of all plays
_SOME = 0.01  # of the keys of the model
_NEWEST, _ALMOST_ALL = 0.75, 0.95  # of the playlists, and of the plays of tracks without a vector
_MIN_PLAYS = 200
_KINDS: Final = {
    "integers": re.compile(r"[+-]?[0-9]+"),
    "decimal numbers": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|[0-9.]+[eE][+-]?[0-9]+)"),
    "bytes literals": re.compile(r"b(['\"]).*\1", re.DOTALL),
    "UUIDs": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "URIs": re.compile(r"\w+:\S+"),
}
_SAMPLED = 1_000


@dataclass(frozen=True, slots=True)
class KeySides:
    """The keys of the model, and those of the playlists or of the champion.

    Attributes:
        other: "playlists" or "champion".
        left: keys of the model that the other side does not have.
        right: keys of the other side that the model does not have, the most played first.
        plays: plays of each key of the right side, 1 without plays.
        model_size: number of keys of the model.
        size: number of keys of the other side.
        total: plays of all keys of the other side.
    """

    other: str
    left: Sequence[str]
    right: Sequence[str]
    plays: Mapping[str, int]
    model_size: int
    size: int
    total: int


def covered_plays(evidence: Evidence) -> float:
    """Return the share of plays whose track has a vector."""
    counts = evidence.model.playlists.play_counts
    return float(counts[evidence.model.playlist_track_numbers >= 0].sum() / max(1, counts.sum()))


def has_enough_plays(evidence: Evidence) -> bool:
    """Return whether at least half of the plays belong to tracks that have a vector."""
    return covered_plays(evidence) >= _ENOUGH_PLAYS


def other_type(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that one side has ids of another type: decimal numbers, bytes, row numbers."""
    return _mismatch(evidence, results, is_type=True)


def other_spelling(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that one side writes the same keys differently: prefix, case, normalization."""
    return _mismatch(evidence, results, is_type=False)


def _mismatch(evidence: Evidence, results: Sequence[CheckResult], *, is_type: bool) -> Diagnosis | None:
    if not explained(results, (*_OF_MISSING_TRACKS, *_OF_NO_TRACKS)):
        return None
    for sides in (_playlist_sides(evidence), _champion_sides(evidence)):
        if sides is None or not sides.left or not sides.right:
            continue
        explains = _explained(results, sides)
        if not explains:
            continue
        kinds = _kind(sides.left), _kind(sides.right)
        if is_type and kinds[0] == kinds[1]:
            continue
        found = respelling(sides.left, sides.right)
        if found is not None and found.is_type is is_type and _explains_most(found, sides):
            return _respelt(found, sides, explains)
        if is_type and found is None and len(sides.right) == sides.size:
            return _unrelated(kinds, sides, explains)
    return None


def _explained(results: Sequence[CheckResult], sides: KeySides) -> tuple[str, ...]:
    if sides.other == "champion":
        return explained(results, ("champion",))
    missing = explained(results, _OF_MISSING_TRACKS)
    without_tracks = explained(results, _OF_NO_TRACKS, ("inconclusive",))
    tagged = explained(results, ("separation.tag_coverage",))
    most_missing = sum(sides.plays.values()) > (1 - _ENOUGH_PLAYS) * sides.total
    return _in_order(results, {*missing, *(without_tracks + tagged if most_missing else ())})


def _in_order(results: Sequence[CheckResult], ids: set[str]) -> tuple[str, ...]:
    return tuple(result.id for result in results if result.id in ids)


def _playlist_sides(evidence: Evidence) -> KeySides:
    model, playlists = evidence.model, evidence.model.playlists
    known, played = model.space.row_of, set(playlists.tracks)
    missing = [track for track in playlists.by_plays.tolist() if playlists.tracks[track] not in known]
    return KeySides(
        "playlists",
        [key for key in dict.fromkeys(model.space.keys) if key not in played],
        [playlists.tracks[track] for track in missing],
        {playlists.tracks[track]: int(playlists.play_counts[track]) for track in missing},
        len(known),
        len(playlists.tracks),
        len(playlists.plays),
    )


def _champion_sides(evidence: Evidence) -> KeySides | None:
    if evidence.comparison is None:
        return None
    pair = evidence.comparison.pair
    keys, tracks = pair.champion_tracks, pair.candidate.number_of
    missing = sorted(keys - tracks.keys())
    return KeySides(
        "champion",
        [key for key in tracks if key not in keys],
        missing,
        dict.fromkeys(missing, 1),
        len(tracks),
        len(keys),
        len(keys),
    )


def _explains_most(found: Respelling, sides: KeySides) -> bool:
    """Return whether the matches are most of the missing plays, many of all, or most of the keys without plays."""
    matches = len(found.pairs)
    if matches < min(_MIN_PAIRS, len(sides.right)):
        return False
    matched = sum(sides.plays[key] for key in found.pairs)
    of_left = matches >= _MOST * len(sides.left) and matches >= _SOME * sides.model_size
    return of_left or matched >= min(_MOST * sum(sides.plays.values()), _MANY * sides.total)


def _respelt(found: Respelling, sides: KeySides, explains: tuple[str, ...]) -> Diagnosis:
    matches, shared = len(found.pairs), sides.size - len(sides.right)
    after = " and ".join(found.steps)
    what = "are of another type than" if found.is_type else "are written differently from"
    hint = ""
    if "decimal numbers" in after:
        hint = ": pandas turns integers into decimal numbers where a column has missing values"
    return Diagnosis(
        cause="keys.other_type" if found.is_type else "keys.other_spelling",
        sentence=f"{'The' if matches > shared else 'Some'} keys of the model {what} those of the {sides.other}: "
        f"{shared:,} of {sides.size:,} keys of the {sides.other} are in the model, and {matches:,} more match after "
        f"{after}.",
        action=f"Write the keys the same way before the training and in the export{hint}.",
        figures={
            "keys": sides.size,
            "matching_keys": shared,
            "more_matching_keys": matches,
            "plays_of_more_matching_keys": sum(sides.plays[key] for key in found.pairs),
        },
        examples=_examples(sides, list(found.pairs.values()), list(found.pairs)),
        explains=explains,
    )


def _unrelated(kinds: tuple[str, str], sides: KeySides, explains: tuple[str, ...]) -> Diagnosis:
    numbered = set(sides.left) == {str(row) for row in range(len(sides.left))}
    rows = " (its row numbers)" if numbered else ""
    return Diagnosis(
        cause="keys.other_type",
        sentence=f"No key of the {sides.other} is in the model: the keys of the model are {kinds[0]}{rows}, and "
        f"those of the {sides.other} are {kinds[1]}.",
        action=f"Export the vectors with the ids that the {sides.other} contain"
        f"{'s' if sides.other == 'champion' else ''}, not with those of another table.",
        figures={"keys": sides.size, "matching_keys": 0},
        examples=_examples(sides, sides.left, sides.right),
        explains=explains,
    )


def _examples(sides: KeySides, left: Sequence[str], right: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return keys of both sides; escaped if those of a pair look alike, such as in two Unicode normalizations."""
    both = list(left[:SHOWN]), list(right[:SHOWN])
    if any(_visible(one) == _visible(other) for one, other in zip(*both, strict=False)):
        both = [ascii(key)[1:-1] for key in both[0]], [ascii(key)[1:-1] for key in both[1]]
    return {"keys of the model": tuple(both[0]), f"keys of the {sides.other}": tuple(both[1])}


def _visible(key: str) -> str:
    return unicodedata.normalize("NFKC", "".join(filter(str.isprintable, key))).replace(" ", "")


def _kind(keys: Sequence[str]) -> str:
    """Return the kind of almost all of some keys: integers, decimal numbers, ..., "text" or "of several kinds"."""
    some = keys[:: max(1, len(keys) // _SAMPLED)]
    kinds = (next((kind for kind, form in _KINDS.items() if form.fullmatch(key)), "text") for key in some)
    kind, count = Counter(kinds).most_common(1)[0]
    return kind if count >= 0.9 * len(some) else "of several kinds"


# -- other playlists --


def other_playlists(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that the model was trained on other playlists.

    Either the plays of tracks without a vector are all in the last playlists: the model is older than these. Or most
    of the most played tracks have no vector, and most tracks of the model are never played.
    """
    if not explained(results, (*_OF_MISSING_TRACKS, *_OF_NO_TRACKS)):
        return None
    sides = _playlist_sides(evidence)
    explains = _explained(results, sides)
    if not explains or not sides.right:
        return None
    return _older(evidence, sides, explains) or _of_other_tracks(evidence, sides, explains)


def _older(evidence: Evidence, sides: KeySides, explains: tuple[str, ...]) -> Diagnosis | None:
    playlists = evidence.model.playlists
    missing = np.fromiter((key not in evidence.model.space.row_of for key in playlists.tracks), bool)
    where = playlists.playlist_of_play[missing[playlists.plays]]  # ascending
    plays = len(where)
    if plays < _MIN_PLAYS:
        return None
    first = int(where[int((1 - _ALMOST_ALL) * plays)])
    newest = 1 - first / len(playlists)
    if newest > _NEWEST:
        return None
    return Diagnosis(
        cause="model.other_playlists",
        sentence=f"The model is older than the playlists: {_ALMOST_ALL:.0%} of the {plays:,} plays without a vector "
        f"are in the last {newest:.0%} of the playlists.",
        action="Test the run that was trained on these playlists, or train again. If the playlists are not in the "
        "order of time, check which part of them the training has left out.",
        figures={"plays_without_vector": plays, "share_of_newest_playlists": newest},
        examples={"played tracks without a vector": tuple(sides.right[:SHOWN])},
        explains=explains,
    )


def _of_other_tracks(evidence: Evidence, sides: KeySides, explains: tuple[str, ...]) -> Diagnosis | None:
    model = evidence.model
    most_played = model.playlists.by_plays[: evidence.top_tracks]
    missing = sum(model.playlists.tracks[track] not in model.space.row_of for track in most_played)
    unplayed = len(sides.left) / max(1, len(model.space.row_of))
    if 2 * missing < len(most_played) or unplayed < 0.5:
        return None
    return Diagnosis(
        cause="model.other_playlists",
        sentence=f"The model was trained on other playlists: {missing:,} of the {len(most_played):,} most played "
        f"tracks have no vector, and {unplayed:.0%} of the tracks of the model are never played.",
        action="Test the model with playlists of the data that it was trained on, or check which ids were exported.",
        figures={"most_played_without_vector": missing, "most_played": len(most_played), "unplayed_share": unplayed},
        examples=_examples(sides, sides.left, sides.right),
        explains=explains,
    )
