"""Forest plots: displacement of each genre, and the difference of each measure from the champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.measures.measurement import Measurement
from embedgate.report.figures import canvas
from embedgate.report.figures.figure import Figure
from embedgate.report.figures.labels import MINUS, genres_to_show
from embedgate.report.figures.lettering import SMALL, drawable
from embedgate.report.figures.palette import AMBER, BLUE, CHANCE, INK, MUTED, PALE, RED
from embedgate.slugs import unique_slugs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from embedgate.judgement.result import CheckResult
    from embedgate.material.genre_tags import GenreTags
    from embedgate.material.model import ModelUnderTest
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.observations import Observations

_MAX_GENRES = 30
_MEASURES = {
    "accuracy": "genre accuracy",
    "same_artist": "same artist@10",
    "co_listening": "co-listening AUC",
    "hit_rate": "next track: hit rate@10",
    "ndcg": "next track: NDCG@10",
}
_STYLES = {"passed": (BLUE, "o"), "warned": (AMBER, "D"), "failed": (RED, "s"), "inconclusive": (PALE, "o")}
_ROW_HEIGHT = 27
_LEFT, _WIDTH = 178, 350
_COLUMNS = (612, 682, 806)
"""CSS pixels from the left at which the columns of numbers end."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A value on the axis, and numbers beside it.

    Attributes:
        label: name of the row.
        result: of the check.
        numbers: text of the three columns.
        unit: divides value, interval and bound; NaN if only the numbers are shown.
    """

    label: str
    result: CheckResult
    numbers: tuple[str, str, str]
    unit: float = 1.0

    def positions(self) -> NDArray[np.float64]:
        """Return value, both ends of the interval, and bound on the axis; NaN for each that does not exist."""
        result = self.result
        limit = result.bound.limit if result.bound else None
        found = [result.value, *(result.interval or (None, None)), limit] if result.value is not None else [None] * 4
        return np.array(found, dtype=np.float64) / self.unit


def genre_displacement(found: Comparison, results: Mapping[str, CheckResult]) -> Iterator[Figure]:
    """Draw how much farther each genre has moved than clusters of its size; `results` by check id."""
    rows = []
    for genre, slug in _genres(found.pair.candidate.tags):
        result = results.get(f"champion.genre_displacement[{slug}]")
        if result is not None:
            limit = f"{result.bound.limit:.1f}" if result.bound else ""
            numbers = ("", "too few tracks") if result.value is None else (_signed(f"{result.value:.1f}"), limit)
            rows.append(_Row(genre, result, (f"{result.n:,}", *numbers)))
    if any(row.result.value is not None for row in rows):
        yield Figure(
            "Displacement of genres since the champion",
            "How much farther the tracks of a genre have moved than clusters of similar size in the champion's "
            "space, in standard deviations between clusters: 0 is equally far. If the playlists of a genre are "
            "missing from training, its tracks move together although no single track is misplaced.",
            png=_draw(
                rows,
                reference="similar clusters",
                head=("tracks", "deviations", "bound"),
                tick="{:g}",
                limits=(-10.0, 10.0),
            ),
        )


def differences(found: Comparison, results: Mapping[str, CheckResult]) -> Iterator[Figure]:
    """Draw the difference of each measure, relative to the champion's lead over chance; `results` by check id."""
    rows = []
    for name, label in _MEASURES.items():
        result, observed = results.get(f"champion.{name}"), found.observations(name)
        if result is not None and not isinstance(observed, Measurement):
            rows.append(_difference(label, result, *observed))
    if not isinstance(found.genre_observations, Measurement):
        now, before = found.genre_observations
        for genre, slug in _genres(found.pair.candidate.tags):
            result = results.get(f"champion.genre_accuracy[{slug}]")
            if result is not None and genre in now and genre in before:
                rows.append(_difference(f"accuracy of {genre}", result, now[genre], before[genre]))
    if rows:
        yield Figure(
            "Differences from the champion",
            "Each measure minus that of the champion, on the same tracks or pairs, relative to the champion's lead "
            f"over chance: 0 is the champion, {MINUS}100% is chance. The accuracy of a genre is the share of its "
            "tracks that are classified correctly (kNN)." + _in_sample(found.pair.candidate),
            png=_draw(
                rows,
                reference="no difference",
                head=("champion", "now", "difference"),
                tick="{:+.0%}",
                limits=(-1.1, 0.6),
            ),
        )


def _in_sample(candidate: ModelUnderTest) -> str:
    """Return a sentence about the measures on playlists that the candidate was trained on."""
    if candidate.held_out:
        return ""
    measures = "Co-listening is" if candidate.targets_held_out else "Co-listening and next track are"
    return f" {measures} measured on playlists that only this model was trained on, which favours it."


def _difference(label: str, result: CheckResult, now: Observations, before: Observations) -> _Row:
    lead = before.mean - before.chance
    numbers = (f"{before.mean:.3f}", f"{now.mean:.3f}")
    if result.value is None or lead <= 0:
        return _Row(label, result, (*numbers, "not judged" if lead > 0 else "no lead"), np.nan)
    return _Row(label, result, (*numbers, _signed(f"{result.value / lead:+.1%}")), lead)


def _signed(number: str) -> str:
    """Return a formatted number with a minus sign in place of a hyphen, and without a sign if it is zero."""
    return number.replace("-", MINUS) if number.strip("+-0.%") else number.lstrip("+-")


def _genres(tags: GenreTags) -> list[tuple[str, str]]:
    """Return name and slug of each genre to show."""
    slugs = unique_slugs(tags.genres)
    return [(tags.genres[genre], slugs[genre]) for genre in genres_to_show(tags, _MAX_GENRES)]


def _draw(
    rows: Sequence[_Row],
    *,
    reference: str,
    head: tuple[str, str, str],
    tick: str,
    limits: tuple[float, float],
) -> bytes:
    """Draw rows on one axis, with `reference` as the label of 0; values beyond the limits are drawn at its ends."""
    positions = np.array([row.positions() for row in rows])
    drawn = np.clip(positions[np.isfinite(positions)], *limits)
    low, high = float(drawn.min(initial=0)), float(drawn.max(initial=0))
    margin = 0.06 * max(high - low, 0.1 * (limits[1] - limits[0]))
    low, high = low - margin, high + margin
    height = _ROW_HEIGHT * len(rows)
    figure = canvas.new_figure(height + 92)
    axes = canvas.axes_at(figure, _LEFT, 30, _WIDTH, height)
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    canvas.set_ticks(axes, "y", [])
    canvas.set_ticks(axes, "x", canvas.round_values(low, high, 6), lambda value: _signed(tick.format(value)))
    axes.axvline(0, color=CHANCE, linewidth=1, linestyle="--")
    columns = [low + (end - _LEFT) / _WIDTH * (high - low) for end in (_LEFT - 10, *_COLUMNS)]
    above: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "size": SMALL, "color": MUTED, "va": "bottom"}
    side = "right" if -low / (high - low) > 0.8 else "center"
    axes.text(0, 1 + 4 / height, reference, ha=side, **above)
    for x, name in zip(columns[1:], head, strict=True):
        axes.text(x, 1 + 4 / height, name, ha="right", **above)
    for y, (row, (value, lower, upper, limit)) in enumerate(zip(rows, positions.tolist(), strict=True)):
        colour, marker = _STYLES.get(row.result.outcome, (CHANCE, "o"))
        texts = (drawable(row.label, _LEFT - 16), *row.numbers)
        last = colour if row.result.outcome in ("warned", "failed") else INK
        for x, text, ink in zip(columns, texts, (INK, INK, INK, last), strict=True):
            axes.text(x, y, text, ha="right", va="center", color=ink)
        axes.plot(np.clip([lower, upper], low, high), [y, y], color=colour)
        axes.plot(np.clip(value, low, high), y, marker, color=colour, markersize=6, clip_on=False)
        if low <= limit <= high:
            axes.plot(limit, y, "|", color=INK, markersize=9, markeredgewidth=1.3)
    legend = "● passed    ◆ warned    ■ failed    ─ 95% interval    | bound"
    axes.text(0, -38 / height, legend, transform=axes.transAxes, size=SMALL, color=MUTED, va="top")
    return canvas.to_png(figure)
