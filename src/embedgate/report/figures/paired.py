"""Candidate less champion, a row a measure and a row a genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.measures.measurement import Measurement
from embedgate.report.figures.exhibit import Exhibit, genres_to_show
from embedgate.report.figures.forest import Row, forest
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.material.genre_tags import GenreTags
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.observations import Observations

_MOST_GENRES = 30
_NAMES = {
    "accuracy": "genre accuracy",
    "same_artist": "same artist@10",
    "co_listening": "co-listening AUC",
    "hit_rate": "next track: hit rate@10",
    "ndcg": "next track: NDCG@10",
}
_MINUS = "\N{MINUS SIGN}"


def genres_moved(found: Comparison, results: Sequence[CheckResult]) -> Iterator[Exhibit]:
    """How much farther each genre has moved than regions of like size."""
    by_id = {result.id: result for result in results}
    rows = []
    for genre, slug in _genres(found.pair.candidate.tags):
        result = by_id.get(f"champion.genre_displacement[{slug}]")
        if result is not None:
            rows.append(_row_of_excess(genre, result))
    if not any(row.value is not None for row in rows):
        return
    yield Exhibit(
        "How far each genre has moved",
        "How much farther the tracks of a genre have moved than those of regions of the champion's space, in spreads "
        "between regions of like size: 0 is as far. A genre whose playlists were left out of training moves as a "
        "whole, though no single track stands out.",
        png=forest(
            rows,
            rest=(0.0, "like regions"),
            head=("tracks", "spreads", "bound"),
            tick=lambda value: f"{value:g}",
            farthest=(-10.0, 10.0),
        ),
    )


def differences(found: Comparison, results: Sequence[CheckResult]) -> Iterator[Exhibit]:
    """What each measure has won or lost, as a share of the champion's lead over chance."""
    by_id = {result.id: result for result in results}
    rows = []
    for name, label in _NAMES.items():
        result, observed = by_id.get(f"champion.{name}"), found.observations(name)
        if result is not None and not isinstance(observed, Measurement):
            rows.append(_row_of_difference(label, result, *observed))
    if not isinstance(found.genre_observations, Measurement):
        now, before = found.genre_observations
        for genre, slug in _genres(found.pair.candidate.tags):
            result = by_id.get(f"champion.genre_accuracy[{slug}]")
            if result is not None and genre in now and genre in before:
                rows.append(_row_of_difference(f"share of {genre}", result, now[genre], before[genre]))
    if not rows:
        return
    in_sample = (
        ""
        if found.pair.candidate.held_out
        else " Co-listening and the next track are asked of playlists that only this model was trained on, which "
        "flatters it."
    )
    yield Exhibit(
        "Better or worse than the champion",
        "Each measure less that of the champion, on the same tracks, pairs or questions, as a share of the "
        f"champion's lead over chance: {_MINUS}100% is chance, 0 is the champion. A share of a genre is that of its "
        f"tracks that their neighbours call by its name.{in_sample}",
        png=forest(
            rows,
            rest=(0.0, "the champion"),
            head=("champion", "now", "of its lead"),
            tick=lambda value: _percent(value, 0),
            farthest=(-1.1, 0.6),
        ),
    )


def _row_of_excess(genre: str, result: CheckResult) -> Row:
    limit = f"{result.bound.limit:.1f}" if result.bound else ""
    return Row(
        label=genre,
        outcome=result.outcome,
        value=result.value,
        interval=result.interval,
        limit=result.bound.limit if result.bound else None,
        cells=(
            f"{result.n:,}",
            *(("", "too few tracks") if result.value is None else (f"{result.value:.1f}", limit)),
        ),
    )


def _row_of_difference(label: str, result: CheckResult, now: Observations, before: Observations) -> Row:
    """In shares of the champion's lead; where it has none, the two numbers alone."""
    lead = before.mean - before.chance
    numbers = (f"{before.mean:.3f}", f"{now.mean:.3f}")
    if result.value is None or lead <= 0:
        said = "it has no lead" if lead <= 0 else "not judged"
        return Row(label=label, outcome=result.outcome, value=None, interval=None, limit=None, cells=(*numbers, said))
    return Row(
        label=label,
        outcome=result.outcome,
        value=result.value / lead,
        interval=(result.interval[0] / lead, result.interval[1] / lead) if result.interval else None,
        limit=result.bound.limit / lead if result.bound else None,
        cells=(*numbers, _percent(result.value / lead, 1)),
    )


def _percent(value: float, digits: int) -> str:
    size = f"{abs(value):.{digits}%}"
    if float(size.rstrip("%")) == 0:
        return size
    return f"{_MINUS if value < 0 else '+'}{size}"


def _genres(tags: GenreTags) -> list[tuple[str, str]]:
    """Name and slug of each genre that there is room for."""
    slugs = unique_slugs(tags.genres)
    return [(tags.genres[genre], slugs[genre]) for genre in genres_to_show(tags, _MOST_GENRES)]
