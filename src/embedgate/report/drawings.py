"""Draw the figures, the map and the trends of the report. A drawing that fails is listed and left out."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from markupsafe import Markup

from embedgate.report import live_map
from embedgate.report.figures import STYLE as FIGURE_STYLE
from embedgate.report.figures import figures_of
from embedgate.report.templating import render
from embedgate.report.trends import Trends, draw_trends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from embedgate.judgement.records import Record
    from embedgate.judgement.result import CheckResult
    from embedgate.measures.evidence import Evidence
    from embedgate.report.figures.figure import Figure

_Drawn = TypeVar("_Drawn")
_NOT_MEASURED = ("off", "not_run")


class Drawings(NamedTuple):
    """The drawings of a report.

    Attributes:
        figures: of each family, without the map.
        track_map: the map; empty if there is none.
        trend_bars: of each check, by id.
        trend_figure: empty if the history is too short.
        style: CSS.
        failures: what could not be drawn, and why.
    """

    figures: Mapping[str, Markup]
    track_map: Markup
    trend_bars: Mapping[str, Markup]
    trend_figure: Markup
    style: str
    failures: Sequence[str]


def draw(evidence: Evidence | None, results: Sequence[CheckResult], history: Sequence[Record]) -> Drawings:
    """Draw the figures of each family with an evaluated check, the map, and the trends.

    Args:
        evidence: the measurements; None for a report without figures and map.
        results: all results.
        history: as for `draw_trends`.
    """
    failures: list[str] = []
    trends = _attempt("the history", partial(draw_trends, history), Trends(), failures)
    figures: dict[str, Markup] = {}
    track_map = Markup()
    if evidence is not None:
        for family in dict.fromkeys(result.family for result in results if result.outcome not in _NOT_MEASURED):
            draw_family = partial(_family, family, evidence, results)
            figures[family] = _attempt(f"the figures of {family}", draw_family, Markup(), failures)
        picture = figures.pop("map", Markup())
        if picture:
            track_map = _attempt("the live map", partial(_live_map, picture, evidence, results), picture, failures)
    trend_figure = _figures(trends.figures)
    return Drawings(figures, track_map, trends.bars, trend_figure, FIGURE_STYLE, failures)


def _attempt(what: str, draw: Callable[[], _Drawn], fallback: _Drawn, failures: list[str]) -> _Drawn:
    try:
        return draw()
    except Exception as error:  # noqa: BLE001 - a drawing that fails must not lose the report
        failures.append(f"{what} could not be drawn: {type(error).__name__}: {error}")
        return fallback


def _family(family: str, evidence: Evidence, results: Sequence[CheckResult]) -> Markup:
    return _figures(figures_of(family, evidence, results))


def _figures(drawn: Sequence[Figure]) -> Markup:
    return render("figures.html.jinja", figures=drawn, base64_of=lambda png: base64.b64encode(png).decode("ascii"))


def _live_map(picture: Markup, evidence: Evidence, results: Sequence[CheckResult]) -> Markup:
    champion = evidence.comparison.pair.champion if evidence.comparison is not None else None
    problem = evidence.faithfulness.problem if evidence.faithfulness is not None else ""
    payload = live_map.map_payload(evidence.model, champion, problem=problem)
    if payload is None:
        return picture
    return Markup(live_map.in_page(live_map.with_offending_tracks(payload, results), picture))  # noqa: S704 - the names in it are encoded
