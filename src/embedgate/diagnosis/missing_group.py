"""A cause of missing tracks: most of them are of one genre, one artist or one value of a catalogue column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from embedgate.diagnosis.explained import BROKEN, explained
from embedgate.judgement.diagnosis_record import SHOWN, Diagnosis
from embedgate.measures.champion import FREQUENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.evidence import Evidence

_OF_MISSING_TRACKS = (
    *("vocabulary.coverage", "vocabulary.playlists", "vocabulary.top", "vocabulary.slice"),
    *("neighbours.known", "champion.lost", "champion.churn"),
)
_MIN_TRACKS = 5
_MOST = 0.5  # of the tracks of the group, and of all missing tracks
_TIMES = 2  # as often as other tracks: else the group is most of the catalogue


def group_missing(evidence: Evidence, results: Sequence[CheckResult]) -> Diagnosis | None:
    """Return the diagnosis that most missing tracks are of one group, most of whose tracks are missing.

    Tracks with fewer plays than any track that has a vector do not count: the training requires more plays.
    """
    explains = explained(results, _OF_MISSING_TRACKS, BROKEN)
    if not explains:
        return None
    model = evidence.model
    plays = model.playlists.play_counts
    has_vector = np.fromiter((key in model.space.row_of for key in model.playlists.tracks), np.bool_, len(plays))
    if not has_vector.any():
        return None
    least = max(FREQUENT, int(plays[has_vector].min()))
    frequent = plays >= least
    missing = frequent & ~has_vector
    found: tuple[int, str, NDArray[np.bool_]] | None = None
    for name, members in _groups(model):
        own = frequent & members
        lost, others = int((own & missing).sum()), int((missing & ~own).sum())
        if lost < _MIN_TRACKS or lost < _MOST * own.sum() or lost < _MOST * missing.sum():
            continue
        if lost / own.sum() >= _TIMES * others / max(1, (frequent & ~own).sum()) and (not found or lost > found[0]):
            found = lost, name, own
    if found is None:
        return None
    lost, name, own = found
    by_plays = model.playlists.by_plays
    worst = by_plays[(own & missing)[by_plays]][:SHOWN]
    return Diagnosis(
        cause="vocabulary.group_missing",
        sentence=f"Tracks of one group are missing: of the tracks with {least:,} plays or more, {lost:,} of the "
        f"{own.sum():,} of {name} have no vector, and {missing.sum() - lost:,} of the {(frequent & ~own).sum():,} "
        "others.",
        action="Check whether a filter, a join or a source has dropped this group from the training data.",
        figures={"missing_of_group": lost, "tracks_of_group": int(own.sum()), "missing": int(missing.sum())},
        examples={f"missing tracks of {name}": tuple(model.playlists.tracks[track] for track in worst)},
        explains=explains,
    )


def _groups(model: ModelUnderTest) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield name and members, among the t tracks of the playlists, of each group of enough tracks."""
    for slice_, members in model.slice_members.items():
        if slice_.kind != "popularity":
            yield slice_.name, members
    catalogue = model.names_of(model.playlists.tracks)
    if not catalogue.has_artists:
        return
    codes = catalogue.artist_codes
    for artist in np.flatnonzero(np.bincount(codes) >= _MIN_TRACKS):
        members = codes == artist
        yield f"artist {catalogue.artists[int(members.argmax())]!r}", members
