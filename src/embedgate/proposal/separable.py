"""Which genres the playlists separate: those that a sound model should separate too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from embedgate.measures.labelled_graph import space_graph, too_few_tags
from embedgate.measures.separation import separate
from embedgate.proposal.played_together import ClosePlays
from embedgate.statistics import SEED

if TYPE_CHECKING:
    from embedgate.material.model import ModelUnderTest
    from embedgate.material.playlists import Playlists

DIMENSIONS = 48


@dataclass(frozen=True)
class GenreSeparation:
    """How well the playlists separate a genre.

    Attributes:
        genre: its name.
        tracks: number of tracks that have it.
        auc: the smaller one of the two halves; None if it cannot be judged.
        reason: why it is not proposed; "" if it is.
    """

    genre: str
    tracks: int
    auc: float | None
    reason: str = ""


def separations(model: ModelUnderTest) -> list[GenreSeparation]:
    """Judge genres as the gate does, in spaces that are computed from the playlists.

    The playlists are split into halves. The names of one half tag the tracks, and the other half results in a space
    (`ClosePlays.stand_in`): no playlist is used for both. The whole interval of the AUC must be above the chance
    level, both ways round. With labels of a catalogue, both spaces are judged by these.

    Args:
        model: keys, playlists and genres; its vectors are not used.
    """
    playlists = model.playlists
    half = np.random.default_rng(SEED).permutation(len(playlists)) % 2 == 0
    first, second = playlists.some(half), playlists.some(~half)
    found = [_half(model, first, second), _half(model, second, first)]
    counts = model.tags.tracks
    return [
        GenreSeparation(
            genre,
            int(counts[number]),
            min((auc for auc, _ in both if auc is not None), default=None),
            too_few_tags(model.tags, number)
            if not model.tags.has_enough_tracks(number)
            else next((reason for _, reason in both if reason), ""),
        )
        for number, (genre, both) in enumerate(zip(model.genres, zip(*found, strict=True), strict=True))
    ]


def _half(whole: ModelUnderTest, named: Playlists, played: Playlists) -> list[tuple[float | None, str]]:
    """Return the AUC of each genre, tagged by some playlists in the space of others, and why it is not separated."""
    together = ClosePlays.of(played, whole.playlist_track_numbers, len(whole.tracks))
    space = together.stand_in(whole.tracks, DIMENSIONS)
    if space is None:
        return [(None, "the playlists are too few")] * len(whole.genres)
    model = replace(whole, space=space, playlists=named)
    scores = separate(model, space_graph(model), "by the playlists").genres
    found: list[tuple[float | None, str]] = []
    for score in scores:
        auc = score.auc
        if auc.value is None or auc.null is None or auc.interval is None:
            found.append((None, "too few of its tracks are in half of the playlists"))
        elif auc.interval[0] <= auc.null.critical:
            low = auc.interval[0]
            found.append(
                (auc.value, f"AUC {auc.value:.2f} (at least {low:.2f}), chance level {auc.null.critical:.2f}")
            )
        else:
            found.append((auc.value, ""))
    return found
