"""Candidate against champion: what moved, what broke, what was lost, and what got worse.

No measure here moves when a space is rotated or scaled, nor, but for the pairs and strangers that are drawn by track
number, when it is put in another order. A plain retrain moves each only a little; how little is the band's affair.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from embedgate.measures import geometry
from embedgate.measures.comparison import MIN_GENRE_TRACKS
from embedgate.measures.displacement import MIN_SHARED_TRACKS
from embedgate.measures.measurement import Measurement, inconclusive, not_applicable
from embedgate.measures.neighbourhood import Stratified, popularity_bins, stratify
from embedgate.measures.observations import paired_difference
from embedgate.statistics import ratio_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from embedgate.measures.comparison import Comparison
    from embedgate.measures.observations import Observations

_P = ParamSpec("_P")
_T = TypeVar("_T")

_OFTEN = 10  # plays; below, chance decides whether a track reaches the least count of training
_NAMES = {
    "same_artist": "the share of neighbours by the same artist",
    "co_listening": "the rank of tracks of one playlist",
    "hit_rate": "the next track's hit rate@10",
    "ndcg": "the next track's NDCG@10",
    "accuracy": "the genre accuracy",
}
_IN_SAMPLE = ("co_listening", "hit_rate", "ndcg")


def _once(measure: Callable[Concatenate[Comparison, _P], _T]) -> Callable[Concatenate[Comparison, _P], _T]:
    """Measure a comparison once: the check and the figures of its family ask for the same."""
    known: WeakKeyDictionary[Comparison, dict[object, _T]] = WeakKeyDictionary()

    @wraps(measure)
    def remembered(found: Comparison, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        mine = known.setdefault(found, {})
        asked = (args, tuple(sorted(kwargs.items())))
        if asked not in mine:
            mine[asked] = measure(found, *args, **kwargs)
        return mine[asked]

    return remembered


@_once
def match_auc(found: Comparison) -> Measurement:
    """Area under the ROC curve of telling a track from random ones by where the champion has it.

    Tracks weigh by the root of their plays: of rare ones little can be said.
    """
    if found.displacement is None:
        return _too_few(found)
    area = float(np.average(found.displacement.match_auc, weights=found.weight))
    far = np.argsort(-found.displacement.distance, kind="stable")
    return Measurement(
        value=area,
        n=len(found.weight),
        interval=ratio_interval(found.displacement.match_auc * found.weight, found.weight, _artists(found)),
        tracks=_keys(found, far[found.displacement.match_auc[far] < 1]),
        summary=f"a track is nearer to its place in the champion than a stranger is {area:.1%} of the time",
        hint="the space as a whole is another one: look for keys that were shuffled or shifted, other data, or a "
        "training that learnt nothing",
    )


@_once
def misplaced(found: Comparison) -> Measurement:
    """Count tracks that fell out of their neighbourhood: they lie where strangers lie, and not among their own.

    See `embedgate.measures.misplaced_tracks`. To blame are these tracks, the farthest first.
    """
    if found.displacement is None:
        return _too_few(found)
    count, n = len(found.misplaced), len(found.pair.shared)
    return Measurement(
        value=float(count),
        n=n,
        tracks=_keys(found, found.misplaced),
        summary=f"{count:,} of {n:,} shared tracks are misplaced: farther from their place in the champion than a "
        "retrain moves tracks of like popularity, and not where their playlists are",
        hint="look whether their vectors belong to other keys (a changed id mapping, rows of another run), then "
        "at their data",
    )


@_once
def overlap(found: Comparison) -> Stratified:
    """Mean share of a track's ten nearest that were among its ten nearest in the champion."""
    if len(found.pair.shared) < 12:
        return Stratified(_too_few(found))
    scores, new = found.overlap, found.pair.new
    value = float(scores.mean())
    return Stratified(
        Measurement(
            value=value,
            n=len(scores),
            interval=ratio_interval(scores, np.ones(len(scores)), new.catalogue.artist_codes),
            summary=f"{value:.0%} of a track's ten nearest were among them in the champion",
            hint="an overlap that is low alone is no fault: rare tracks change neighbours at every training",
        ),
        stratify(scores, popularity_bins(new.plays)),
    )


@_once
def lost(found: Comparison) -> Measurement:
    """Share of plays, among tracks that the champion knows and that are played, whose track has no vector now.

    Tracks played fewer than ten times do not count: whether they reach the least count is chance.
    """
    plays = {key: count for key, count in found.pair.champion_plays.items() if count >= _OFTEN}
    if not plays:
        return inconclusive(f"no track of the champion is played {_OFTEN} times or more", severity="warn")
    gone = sorted(plays.keys() - found.pair.candidate.number_of.keys(), key=lambda key: (-plays[key], key))
    value = sum(plays[key] for key in gone) / sum(plays.values())
    return Measurement(
        value=value,
        n=len(plays),
        tracks=tuple(gone),
        summary=f"{len(gone):,} of {len(plays):,} tracks of the champion that are played {_OFTEN} times or more "
        f"have no vector now: {value:.2%} of their plays",
        hint="look whether a part of the training data is missing, or keys are written in another way",
    )


@_once
def churn(found: Comparison) -> Measurement:
    """Plays of tracks that only one of the two knows, over plays of tracks that either knows."""
    pair = found.pair
    known = pair.champion_plays
    gone = sum(count for key, count in known.items() if key not in pair.candidate.number_of)
    came = int(pair.candidate.plays[pair.gained].sum())
    total = sum(known.values()) + came
    if not total:
        return inconclusive("no track of either model is played")
    value = (gone + came) / total
    return Measurement(
        value=value,
        n=total,
        summary=f"{value:.2%} of plays are of tracks that only one of the two knows "
        f"({gone:,} plays lost, {came:,} gained)",
    )


@_once
def difference(found: Comparison, name: str) -> Measurement:
    """A measure of the candidate less that of the champion, on the same tracks, pairs or questions."""
    if not len(found.pair.shared):
        return _too_few(found)
    observed = found.observations(name)
    if isinstance(observed, Measurement):
        return observed
    circle = " (in-sample: the candidate alone was trained on them)" if name in _IN_SAMPLE else ""
    return _difference(*observed, _NAMES[name], "" if found.pair.candidate.held_out else circle)


@_once
def genre_accuracy(found: Comparison, name: str | None) -> Measurement:
    """Share of a genre's tracks that are called by its name, candidate less champion."""
    if not len(found.pair.shared):
        return _too_few(found)
    observed = found.genre_observations
    if isinstance(observed, Measurement):
        return observed
    if name is None or name not in observed[0]:
        return inconclusive(f"{name or 'no genre'} has too few tagged tracks to say", severity="warn")
    return _difference(observed[0][name], observed[1][name], f"the share of {name} that is called {name}", "")


@_once
def genre_displacement(found: Comparison, name: str | None) -> Measurement:
    """How much farther a genre's tracks have moved than regions of the champion's space, in spreads between regions.

    A genre that was left out of training moves, though no single track stands out; see `cluster_variation`.
    The scale is what one genre reaches by chance in 5 % of comparisons; the interval is as wide as it takes to hold
    the genre that moved farthest against it, of as many as there are.
    """
    if name not in found.pair.candidate.tags.genres:
        return not_applicable("no genre is configured")
    regions = found.cluster_variation
    if found.displacement is None or regions is None:
        return _too_few(found)
    tags = found.pair.new.tags
    inside = tags.codes == tags.genres.index(name)
    n = int(inside.sum())
    if n < MIN_GENRE_TRACKS or n == len(inside):
        return inconclusive(
            f"{n} of {len(inside)} shared tracks are tagged {name}: too few to compare", severity="warn"
        )
    excess = regions.excess(found.relative_displacement[inside])
    critical = regions.critical(1)
    wide = regions.critical(int((tags.tracks >= MIN_GENRE_TRACKS).sum())) - critical
    times = float(np.exp(np.median(found.relative_displacement[inside]) - regions.centre))
    own = np.flatnonzero(inside)
    where = "farther" if excess >= 0 else "less far"
    return Measurement(
        value=excess,
        n=n,
        interval=(excess - wide, excess + wide),
        scale=critical,
        tracks=_keys(found, own[np.argsort(-found.displacement.distance[own], kind="stable")]),
        summary=f"the tracks of {name} moved {abs(excess):.1f} spreads {where} than regions of like size do "
        f"({times:.2f} times as far as tracks of like popularity; {regions.clusters} regions)",
        hint=f"something is different about {name} alone: look for playlists left out of training, or data that "
        "changed",
    )


@_once
def mean_cosine(found: Comparison) -> Measurement:
    """Mean cosine of all pairs of shared tracks, candidate less champion: above 0, the space has narrowed."""
    if not len(found.pair.shared):
        return _too_few(found)
    new, old = geometry.mean_cosine(found.pair.new).value, geometry.mean_cosine(found.pair.old).value
    if new is None or old is None:
        return _too_few(found)
    return Measurement(
        value=new - old,
        n=len(found.pair.shared),
        summary=f"two tracks have a cosine of {new:.2f} on average, {old:.2f} in the champion",
        hint="the space has narrowed: look for fewer epochs than before, or another learning rate",
    )


@_once
def effective_rank(found: Comparison) -> Measurement:
    """Effective rank over dimensions, candidate by champion: below 1, less of the space is used."""
    if not len(found.pair.shared):
        return _too_few(found)
    new, old = geometry.effective_rank(found.pair.new), geometry.effective_rank(found.pair.old)
    if not new.value or not old.value:
        return _too_few(found)
    used, before = new.value / found.pair.new.space.dimensions, old.value / found.pair.old.space.dimensions
    return Measurement(
        value=used / before,
        n=len(found.pair.shared),
        summary=f"{used / before:.2f} times as much of the space is used as in the champion: effectively {used:.0%} "
        f"of the dimensions, {before:.0%} there",
        hint="look whether the vectors were cut, projected or hardly trained",
    )


@_once
def new_duplicates(found: Comparison) -> Measurement:
    """Share of tracks that are new keys for recordings that have another: copies that the champion does not know.

    Which of the shared tracks are near enough to be called copies hangs on the training, and is not compared.
    """
    candidate, known = found.pair.candidate, found.pair.champion_tracks
    fresh: list[int] = []
    for cluster in found.duplicates.clusters:
        new = [track for track in cluster.tracks if candidate.tracks[track] not in known]
        fresh += new if len(new) < len(cluster.tracks) else new[1:]
    fresh.sort(key=lambda track: (-candidate.plays[track], track))
    n = len(candidate.tracks)
    value = len(fresh) / max(1, n)
    return Measurement(
        value=value,
        n=n,
        tracks=tuple(candidate.tracks[track] for track in fresh),
        summary=f"{len(fresh):,} of {n:,} tracks ({value:.1%}) are new keys for recordings that have another",
        hint="duplicates.csv says which key to keep: look how the others came in",
    )


def _difference(new: Observations, old: Observations, what: str, circle: str) -> Measurement:
    value, interval = paired_difference(new, old)
    lift = old.mean - old.chance
    return Measurement(
        value=value,
        n=len(new.scores),
        interval=interval,
        scale=max(lift, 0.0),
        summary=f"{what} is {new.mean:.3f}, {old.mean:.3f} in the champion (chance {old.chance:.3f}){circle}",
        hint="it is worse than the model in production on the same questions: look for fewer epochs, other settings, "
        "or less data",
    )


def _artists(found: Comparison) -> NDArray[np.integer]:
    return found.pair.new.catalogue.artist_codes


def _keys(found: Comparison, places: NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(found.pair.new.tracks[track] for track in places)


def _too_few(found: Comparison) -> Measurement:
    # a small catalogue is normal; a large one that shares hardly a track with the champion is a fault
    small = len(found.pair.candidate.tracks) < MIN_SHARED_TRACKS
    return inconclusive(
        f"{len(found.pair.shared):,} tracks are shared with the champion: too few to compare",
        n=len(found.pair.shared),
        severity="warn" if small else None,
    )


def _named(name: str) -> Callable[[Comparison, str | None], Measurement]:
    return lambda found, _: difference(found, name)


MEASURES: Mapping[str, Callable[[Comparison, str | None], Measurement]] = {
    "champion.match_auc": lambda found, _: match_auc(found),
    "champion.misplaced": lambda found, _: misplaced(found),
    "champion.lost": lambda found, _: lost(found),
    "champion.churn": lambda found, _: churn(found),
    "champion.overlap": lambda found, _: overlap(found).measurement,
    "champion.genre_displacement": genre_displacement,
    "champion.genre_accuracy": genre_accuracy,
    **{f"champion.{name}": _named(name) for name in _NAMES},
    "champion.new_duplicates": lambda found, _: new_duplicates(found),
    "champion.mean_cosine": lambda found, _: mean_cosine(found),
    "champion.effective_rank": lambda found, _: effective_rank(found),
}
"""The measure of each check, by its id without slug; a check that is repeated over genres takes one."""
