"""Candidate against champion: displaced, misplaced and lost tracks, and measures that got worse.

No measure depends on rotation, scale or order of a space, except that random draws are by track number. A retrain
changes each measure only slightly; the bands of the checks say how much is expected.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.query_sample import popularity_bins
from embedgate.measures import geometry
from embedgate.measures.comparison import too_few_shared
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import Stratified, stratify
from embedgate.measures.observations import Observations, paired_difference
from embedgate.measures.tolerance import A_FIFTH
from embedgate.statistics import binomial_interval, linear_mean_interval, ratio_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison
    from embedgate.slices import Slice
    from embedgate.statistics import Interval

FREQUENT = 10
"""Plays of a track that must have a vector: it is a matter of chance whether a rarer one reaches min_count."""
_NAMES = {
    "same_artist": "the share of neighbours by the same artist",
    "co_listening": "the co-listening AUC",
    "hit_rate": "the next-track hit rate@10",
    "ndcg": "the next-track NDCG@10",
    "accuracy": "the genre accuracy",
}
_CERTAIN = 0.95  # probability, as of all intervals
_OF_TARGETS = ("hit_rate", "ndcg")
_IN_SAMPLE = ("co_listening", *_OF_TARGETS)
_MIN_OF_SLICE = 20
_FEW_OF_SLICE = "too few playlists have a next track in this slice to be certain of a loss"
_LEAD_CONFIDENCE = 0.98  # two-sided: the lead of the champion is certain at a level of 0.01
_PAIRED_CONFIDENCE = 1 - 0.05 / len(_NAMES)  # so that all intervals together have a confidence of 95 % (Bonferroni)


def match_auc(found: Comparison) -> Measurement:
    """Return the area under the ROC curve of matching tracks with their champion vectors.

    Tracks are weighted by the square root of their plays: the positions of rare tracks are uncertain.
    """
    moved = found.displacement
    if moved is None:
        return too_few_shared(found)
    area = found.match_auc
    farthest = np.argsort(-moved.distance, kind="stable")
    artists = found.pair.new.catalogue.artist_codes
    return Measurement(
        value=area,
        n=len(found.weight),
        interval=ratio_interval(moved.match_auc * found.weight, found.weight, artists),
        tracks=found.pair.new.keys(farthest[moved.match_auc[farthest] < 1]),
        summary=f"a track is closer to its position in the champion than unrelated tracks are {area:.1%} of the time",
        hint="the space as a whole has changed: check for shuffled or shifted keys, different data, or a model that "
        "did not learn",
    )


def misplaced(found: Comparison) -> Measurement:
    """Count misplaced tracks: as far away as unrelated tracks, and not close to those of their playlists.

    See `misplaced_tracks.misplaced_probability`; `screened_probability` for a large vocabulary. The offending tracks
    are the misplaced ones, the farthest first. The interval is from the number of tracks that are misplaced with a
    probability of 0.95 to those with 0.05.
    """
    if found.displacement is None:
        return too_few_shared(found)
    count, n = len(found.misplaced), len(found.pair.shared)
    probability = found.misplaced_probability
    return Measurement(
        value=float(count),
        n=n,
        interval=(float((probability >= _CERTAIN).sum()), float((probability > 1 - _CERTAIN).sum())),
        tracks=found.pair.new.keys(found.misplaced),
        summary=f"{count:,} of {n:,} shared tracks are misplaced: farther from their position in the champion than a "
        "retrain displaces tracks of similar popularity, and not close to the tracks of their playlists",
        hint="check whether their vectors belong to other keys (a changed id mapping, rows of another run), then "
        "check their data",
    )


def overlap(found: Comparison) -> Stratified:
    """Return the mean share of a track's ten nearest neighbours that are the same in the champion."""
    if len(found.pair.shared) < 12:
        return Stratified(too_few_shared(found))
    scores, new = found.overlap, found.pair.new
    queries = new.queries
    value = queries.mean(scores)
    measurement = Measurement(
        value=value,
        n=len(scores),
        interval=ratio_interval(
            scores * queries.weights, queries.weights, new.catalogue.artist_codes[queries.tracks]
        ),
        summary=f"{value:.0%} of a track's ten nearest neighbours are the same as in the champion",
        hint="a low overlap alone is not an error: the neighbours of rare tracks change with every training",
    )
    return Stratified(measurement, stratify(scores, popularity_bins(new.plays)[queries.tracks]))


def lost(found: Comparison) -> Measurement:
    """Return the share of plays of the champion's tracks whose track has no vector in the candidate.

    Only tracks with ten plays or more count: it is a matter of chance whether a rarer one reaches min_count. The same
    holds for tracks with fewer plays than any track that has a vector, as far as others were gained in exchange.
    """
    pair = found.pair
    plays = {key: count for key, count in pair.champion_plays.items() if count >= FREQUENT}
    if not plays:
        return inconclusive(f"no track of the champion has {FREQUENT} plays or more", severity="warn")
    gone = sorted(plays.keys() - pair.candidate.number_of.keys(), key=lambda key: (-plays[key], key))
    played = pair.candidate.plays[pair.candidate.plays > 0]
    fewest = int(played.min()) if len(played) else 0
    below = sum(plays[key] for key in gone if plays[key] < fewest)
    exchanged = min(below, int(pair.candidate.plays[pair.gained].sum()))
    value = (sum(plays[key] for key in gone) - exchanged) / sum(plays.values())
    note = f", without {exchanged:,} plays of tracks that fell below min_count" if exchanged else ""
    return Measurement(
        value=value,
        n=len(plays),
        tracks=tuple(gone),
        summary=f"{len(gone):,} of {len(plays):,} tracks of the champion with {FREQUENT} plays or more have no "
        f"vector now: {value:.2%} of their plays{note}",
        hint="check whether a part of the training data is missing, or keys are written differently",
    )


def churn(found: Comparison) -> Measurement:
    """Return the plays of tracks that only one model has, as a share of the plays of tracks that either model has."""
    pair = found.pair
    gone = sum(count for key, count in pair.champion_plays.items() if key not in pair.candidate.number_of)
    gained = int(pair.candidate.plays[pair.gained].sum())
    total = sum(pair.champion_plays.values()) + gained
    if not total:
        return inconclusive("no track of either model is played")
    value = (gone + gained) / total
    return Measurement(
        value=value,
        n=total,
        summary=f"{value:.2%} of plays are of tracks that only one of the two models has ({gone:,} plays lost, "
        f"{gained:,} gained)",
    )


def difference(found: Comparison, name: str) -> Measurement:
    """Return a measure of the candidate minus that of the champion, on the same tracks, pairs or queries."""
    if not len(found.pair.shared):
        return too_few_shared(found)
    observed = found.observations(name)
    if isinstance(observed, Measurement):
        return observed
    return _difference(*observed, found.clusters, _NAMES[name], _in_sample(found, name))


def genre_accuracy(found: Comparison, name: str | None) -> Measurement:
    """Return the share of a genre's tracks that are classified correctly, candidate minus champion."""
    if not len(found.pair.shared):
        return too_few_shared(found)
    observed = found.genre_observations
    if isinstance(observed, Measurement):
        return observed
    if name is None or name not in observed[0]:
        return inconclusive(f"{name or 'no genre'} has too few tagged tracks to compare", severity="warn")
    artists = found.pair.new.catalogue.artist_codes  # a genre has too few clusters
    return _difference(
        observed[0][name], observed[1][name], artists, f"the share of {name} that is classified correctly"
    )


def slice_hit_rate(found: Comparison, slice_: Slice) -> Measurement:
    """Return the next-track hit rate@10 of a slice, candidate minus champion, on the same queries.

    The interval holds for all slices together (Bonferroni). It is the wider one of two: over tracks, and over the
    clusters of the champion's space, since the tracks of a cluster move together. A slice is not judged if its lead
    over chance in the champion is not certain, or if not even its complete loss would be certain.
    """
    if not len(found.pair.shared):
        return too_few_shared(found)
    observed = found.slice_hit_rates
    if isinstance(observed, Measurement):
        return observed
    new, old = observed[0][slice_], observed[1][slice_]
    n = len(old.scores)
    if n < _MIN_OF_SLICE:
        return inconclusive(_FEW_OF_SLICE, n=n, severity="warn")
    lead = old.mean - old.chance
    if binomial_interval(int(old.scores.sum()), n, _LEAD_CONFIDENCE)[0] <= old.chance:
        return not_applicable("it is not certain that the champion retrieves this slice better than chance", n=n)
    confidence = 1 - 0.05 / len(observed[0])
    difference = new.scores - old.scores
    intervals = [
        linear_mean_interval(difference, groups, confidence)
        for groups in (old.tracks, np.append(found.clusters, -1)[old.tracks])
    ]
    interval = max(intervals, key=lambda ends: ends[1] - ends[0])
    if (interval[1] - interval[0]) / 2 > (1 - A_FIFTH) * lead:
        return inconclusive(_FEW_OF_SLICE, n=n, severity="warn")
    measured = _measured_difference(
        new, old, f"the next-track hit rate@10 of {slice_.name}", interval, _in_sample(found, "hit_rate")
    )
    return replace(measured, hint="check whether the tracks of this slice were left out of training")


def mean_cosine(found: Comparison) -> Measurement:
    """Return the mean cosine of all pairs of shared tracks, candidate minus champion."""
    if not len(found.pair.shared):
        return too_few_shared(found)
    new, old = geometry.mean_cosine(found.pair.new).value, geometry.mean_cosine(found.pair.old).value
    if new is None or old is None:
        return too_few_shared(found)
    return Measurement(
        value=new - old,
        n=len(found.pair.shared),
        summary=f"two tracks have a cosine of {new:.2f} on average, {old:.2f} in the champion",
        hint="the space has narrowed: check for fewer epochs than before, or a different learning rate",
    )


def effective_rank(found: Comparison) -> Measurement:
    """Return the effective rank per dimension, candidate over champion; below 1, less of the space is used.

    Dimensions that only the candidate has do not count: data of a low rank cannot fill them.
    """
    if not len(found.pair.shared):
        return too_few_shared(found)
    new, old = geometry.effective_rank(found.pair.new).value, geometry.effective_rank(found.pair.old).value
    if not new or not old:
        return too_few_shared(found)
    columns, columns_before = found.pair.new.space.dimensions, found.pair.old.space.dimensions
    kept = (new / min(columns, columns_before)) / (old / columns_before)
    return Measurement(
        value=kept,
        n=len(found.pair.shared),
        summary=f"the vectors effectively use {new:.1f} of {columns} dimensions, {old:.1f} of {columns_before} in "
        f"the champion: {kept:.2f} times as much of the space",
        hint="check whether the vectors were truncated, projected or hardly trained",
    )


def new_duplicates(found: Comparison) -> Measurement:
    """Return the share of tracks that are new keys for recordings with another key.

    Shared tracks do not count: which of them reach the cosine threshold depends on the training.
    """
    candidate, known = found.pair.candidate, found.pair.champion_tracks
    added: list[int] = []
    for cluster in found.duplicates.clusters:
        new = [track for track in cluster.tracks if candidate.tracks[track] not in known]
        added += new if len(new) < len(cluster.tracks) else new[1:]
    added.sort(key=lambda track: (-candidate.plays[track], track))
    n = len(candidate.tracks)
    value = len(added) / max(1, n)
    return Measurement(
        value=value,
        n=n,
        tracks=candidate.keys(added),
        summary=f"{len(added):,} of {n:,} tracks ({value:.1%}) are new keys for recordings that have another key",
        hint="verdict.duplicates.csv lists the key to keep: check where the others come from",
    )


def _difference(
    new: Observations, old: Observations, blocks: NDArray[np.integer], what: str, note: str = ""
) -> Measurement:
    _, interval = paired_difference(new, old, blocks, _PAIRED_CONFIDENCE)
    return _measured_difference(new, old, what, interval, note)


def _in_sample(found: Comparison, name: str) -> str:
    candidate = found.pair.candidate
    held_out = candidate.targets_held_out if name in _OF_TARGETS else candidate.held_out
    in_sample = name in _IN_SAMPLE and not held_out
    return " (in-sample: the candidate was trained on these playlists, perhaps the champion too)" if in_sample else ""


def _measured_difference(
    new: Observations, old: Observations, what: str, interval: Interval | None, note: str
) -> Measurement:
    return Measurement(
        value=float((new.scores - old.scores).mean()),
        n=len(new.scores),
        interval=interval,
        scale=max(old.mean - old.chance, 0.0),
        summary=f"{what} is {new.mean:.3f}, {old.mean:.3f} in the champion (chance level {old.chance:.3f}){note}",
        hint="the candidate is worse than the champion on the same data: check for fewer epochs, different settings, "
        "or less data",
    )
