"""The gate's part of the pytest-html report: verdict and table on top, a figure by every family.

Track, playlist, user and tag names are users' text: it all passes through `embedgate.report.markup` on its way in.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from embedgate.checks.units import show
from embedgate.judgement.result import CheckResult
from embedgate.report import first_screen
from embedgate.report.families_table import families_table
from embedgate.report.figures import STYLE as FIGURE_STYLE
from embedgate.report.figures import figures_of
from embedgate.report.markup import safe, safe_lines
from embedgate.report.story import bound_of, spoken
from embedgate.report.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.measures.evidence import Evidence
    from embedgate.report.figures.figure import Figure
    from embedgate.report.over_time import OverTime
    from embedgate.sources.resolve import LoadedModel


def figures(family: str, evidence: Evidence, results: Sequence[CheckResult]) -> tuple[str, str]:
    """Return the figures of a family as a safe fragment, and a note if one could not be drawn.

    Args:
        family: the part of a check id before the first dot.
        evidence: every measurement of the model.
        results: all results.
    """
    try:
        exhibits = figures_of(family, evidence, results)
    except Exception as error:  # noqa: BLE001 - a picture that fails must not hide the check it belongs to
        note = f"the figures of {family} could not be drawn: {type(error).__name__}: {error}"
        return f'<p class="eg-broken">{safe(note)}</p>', note
    return "".join(map(_figure, exhibits)), ""


def _figure(exhibit: Figure) -> str:
    body = exhibit.html or ""
    if exhibit.png is not None:
        data = base64.b64encode(exhibit.png).decode("ascii")
        body = f'<img alt="{safe(exhibit.title)}" width="{exhibit.width}" src="data:image/png;base64,{data}">{body}'
    return (
        f'<figure class="eg-figure"><figcaption><b>{safe(exhibit.title)}</b> {safe(exhibit.caption)}'
        f"</figcaption>{body}</figure>"
    )


def summary(
    verdict: VerdictRecord,
    loaded: LoadedModel | None,
    picture: str,
    *,
    headline: str,
    figures: Mapping[str, str],
    held_out: bool,
    past: OverTime,
    champion: Mapping[str, float],
    notes: Sequence[str],
) -> str:
    """The page above pytest-html's table: verdict, run, what is broken, a row a family, the map, and how it went.

    Args:
        verdict: the answer.
        loaded: the tested run; None where it could not be had.
        picture: the map, a safe fragment.
        headline: the verdict in a sentence, a safe fragment.
        figures: those of the other families, safe fragments.
        held_out: whether the playlists were kept out of training.
        past: what the history has to show.
        champion: what was measured of the champion in its own gate run, by check id.
        notes: what could not be drawn, read or kept.
    """
    parts = [
        f'<style>{STYLE}{FIGURE_STYLE}{past.style}</style><section class="eg" aria-label="verdict">',
        headline,
        first_screen.about(verdict, loaded, held_out=held_out),
        first_screen.broken(verdict.checks),
        *(f'<p class="eg-told">{safe_lines(note)}</p>' for note in notes),
        families_table(verdict.checks, figures=figures, trends=past.cells, champion=champion),
        picture,
        _folded_past(past),
        "</section>",
    ]
    return "".join(parts)


def _folded_past(past: OverTime) -> str:
    if not past.exhibits:
        return ""
    drawn, heading = "".join(map(_figure, past.exhibits)), "How each measure went over the last gate runs"
    return f'<details class="eg-past"><summary>{heading}</summary>{drawn}</details>'


def table_header(cells: list[str]) -> None:
    """Columns of pytest-html's table: outcome, check, value, bound, duration."""
    cells[1] = '<th class="sortable" data-column-type="testId">Check</th>'
    cells[3:] = ["<th>Outcome</th>", "<th>Value</th>", "<th>Bound</th>"]


def table_row(report: pytest.TestReport, carried: Mapping[str, Any] | None, cells: list[str]) -> None:
    """Fill those columns; a test that is no check keeps its escaped name."""
    if not cells:
        return
    if carried is None:
        cells[1] = f'<td class="col-testId">{safe(report.nodeid)}</td>'
        cells[3:] = ['<td class="eg-no-check"></td>', "<td></td>", "<td></td>"]
        return
    result = CheckResult.from_json(carried)
    word = spoken(result.outcome)
    cells[1] = f'<td class="col-testId">{safe(result.id)}</td>'
    # the first cell keeps pytest's own word: the page filters its rows by it
    cells[3:] = [
        f"<td>{safe(word)}</td>",
        f"<td>{safe(show(result.value, result.unit))}</td>",
        f"<td>{safe(bound_of(result))}</td>",
    ]
