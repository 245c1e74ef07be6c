"""Causes in the playlists: names without genre words, and too few playlists."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from embedgate.diagnosis.explained import explained
from embedgate.diagnosis.keys import has_enough_plays
from embedgate.judgement.diagnosis_record import SHOWN, Diagnosis
from embedgate.material.genre_tags import match_genres
from embedgate.measures.labelled_graph import eligible_genres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence

_OF_GENRES = ("separation", "champion.genre_displacement", "champion.genre_agreement", "champion.genre_accuracy")
_OF_PLAYLISTS = (
    *("neighbours.co_listening", "neighbours.same_artist", "retrieval", "separation"),
    *("champion.co_listening", "champion.hit_rate", "champion.ndcg", "champion.accuracy", "champion.same_artist"),
    *("champion.genre_accuracy", "champion.genre_displacement", "champion.genre_agreement"),
)
_MIN_PLAYLISTS = 100
"""Playlists that the checks need: a hundred pairs of tracks, and a hundred targets."""
_SEARCHED = 20_000


def untagged(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that no genre can be judged, because the words of [genres] are not in playlist names."""
    explains = explained(results, (*_OF_GENRES, "champion.accuracy"))
    model = evidence.model
    if not explains or not model.genres or model.tags.source or eligible_genres(model.tags):
        return None
    named = int(model.tags.named.sum())
    if named and not has_enough_plays(evidence):
        return None  # the tracks of these playlists have no vector
    playlists = model.playlists
    names = playlists.searched_names(model.user_separator)
    words = list(dict.fromkeys(chain.from_iterable(model.genres.values())))
    if named:
        what = f"too few tracks of the {named:,} playlists whose names contain a word of [genres] have one genre"
        action = "Add words to [genres] that more playlist names contain, or remove the genres."
    else:
        what = f"none of the {len(names):,} playlist names contains a word of [genres]"
        action = _how_to_name(evidence, names)
    return Diagnosis(
        cause="genres.untagged",
        sentence=f"No genre can be judged: {what}.",
        action=action,
        figures={"playlists": len(names), "playlists_with_a_word": named, "genres": len(model.genres)},
        examples={
            "playlist names": tuple(dict.fromkeys(filter(None, names)))[:SHOWN],
            "words of [genres]": tuple(words[:SHOWN]),
        },
        explains=explains,
    )


def _how_to_name(evidence: Evidence, names: Sequence[str]) -> str:
    """Return what makes the words match, as far as the playlists show it."""
    playlists, separator = evidence.model.playlists, evidence.model.user_separator
    if separator and match_genres(playlists.ids[:_SEARCHED], evidence.model.genres).any():
        return (
            f"The words are before the first {separator!r} of the playlist ids, which [model.columns] user_separator "
            "takes for the user: correct it."
        )
    if all(name.strip().isdecimal() for name in names[:_SEARCHED]):
        return (
            "The names are numbers: set [model.columns] playlist_name to a column with names, or use the labels of "
            "a [catalogue]."
        )
    return (
        "Set [genres] to words of the playlist names, or [model.columns] playlist_name to another column, or use the "
        "labels of a [catalogue]."
    )


def too_few_playlists(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that there are too few playlists for checks to be conclusive."""
    explains = explained(results, _OF_PLAYLISTS, ("inconclusive",))
    if not explains:
        return None
    playlists = evidence.model.playlists
    playlist, _ = playlists.distinct_plays(np.arange(len(playlists.tracks)))
    long = int((np.bincount(playlist, minlength=len(playlists)) >= 2).sum())
    if long >= _MIN_PLAYLISTS:
        return None
    return Diagnosis(
        cause="playlists.too_few",
        sentence=f"There are too few playlists: {long:,} of {len(playlists):,} contain two tracks or more, with "
        f"{len(playlists.plays):,} plays in all.",
        action=f"Test the model with at least {_MIN_PLAYLISTS} playlists of two tracks or more.",
        figures={"playlists": len(playlists), "playlists_of_two_tracks": long, "plays": len(playlists.plays)},
        examples={"playlists": tuple(playlists.ids[:SHOWN])},
        explains=explains,
    )
