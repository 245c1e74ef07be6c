"""The report as HTML: the fragment that every page contains, and a shorter one for notebooks."""

from __future__ import annotations

from importlib.resources import files
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from embedgate.checks.registry import check_of
from embedgate.checks.units import show
from embedgate.judgement.history import values_of
from embedgate.judgement.result import MAX_TRACKS
from embedgate.report import wording
from embedgate.report.drawings import draw
from embedgate.report.figures.labels import key_label
from embedgate.report.figures.palette import CUSTOM_PROPERTIES
from embedgate.report.result_groups import by_family, needs_action, problems
from embedgate.report.templating import render as render_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from embedgate.judgement.records import Record
    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.measures.evidence import Evidence

STYLE: str = CUSTOM_PROPERTIES + (files("embedgate.report") / "report.css").read_text(encoding="utf-8")
_WHOLE_ROW = ("run", "champion")
"""Facts that have their own row, above the others."""


class Rendered(NamedTuple):
    """A report.

    Attributes:
        html: the fragment, complete with style and the script of the map.
        failures: the drawings that failed; the fragment lists them too.
    """

    html: Markup
    failures: Sequence[str]


def render(
    verdict: VerdictRecord,
    evidence: Evidence | None = None,
    *,
    history: Sequence[Record] = (),
    notes: Sequence[str] = (),
) -> Rendered:
    """Render the whole report as a fragment of HTML. A drawing that fails becomes a note.

    Args:
        verdict: the verdict.
        evidence: the measurements behind the verdict, for figures and map; None if no model was loaded.
        history: records of gate runs, oldest first, this verdict's own record last; empty for no trends.
        notes: further lines for the reader.
    """
    drawings = draw(evidence, verdict.checks, history)
    champion_values = _champion_values(verdict, history)
    html = render_template(
        "report.html.jinja",
        style=STYLE + drawings.style,
        headline=headline(verdict),
        facts=_facts(verdict, evidence),
        whole_row=_WHOLE_ROW,
        diagnoses=_diagnoses(verdict),
        flagged=_flagged(verdict.checks, evidence),
        notes=[*notes, *drawings.failures],
        families=families_table(verdict.checks, drawings.figures, drawings.trend_bars, champion_values),
        track_map=drawings.track_map,
        trend_figure=drawings.trend_figure,
        drill=render_template("drill.html.jinja", drill=verdict.drill, wording=wording) if verdict.drill else "",
    )
    return Rendered(html, drawings.failures)


def notebook(verdict: VerdictRecord) -> str:
    """Render verdict, causes, flagged checks and the table of families, without scripts: for `_repr_html_`."""
    return str(
        render_template(
            "notebook.html.jinja",
            style=STYLE,
            headline=headline(verdict),
            diagnoses=_diagnoses(verdict),
            flagged=_flagged(verdict.checks),
            families=families_table(verdict.checks),
        )
    )


def headline(verdict: VerdictRecord) -> Markup:
    """Render the outcome in a sentence, the error, and the missing parts of the floor."""
    return render_template(
        "headline.html.jinja",
        outcome=verdict.outcome,
        sentence=wording.verdict_sentence(verdict),
        error=verdict.error,
        missing=verdict.missing if verdict.is_below_floor else (),
    )


def families_table(
    results: Sequence[CheckResult],
    figures: Mapping[str, Markup] | None = None,
    trend_bars: Mapping[str, Markup] | None = None,
    champion_values: Mapping[str, str] | None = None,
) -> Markup:
    """Render an expandable row per family, with its checks and figures; flagged families come first and are open.

    Args:
        results: in the order of the checks.
        figures: by family.
        trend_bars: by check id.
        champion_values: the champion's values by check id.
    """
    return render_template(
        "families.html.jinja",
        families=by_family(results),
        figures=figures or {},
        trends=trend_bars or {},
        champion_values=champion_values or {},
        question_of=lambda check_id: check_of(check_id).question,
        wording=wording,
    )


def _diagnoses(verdict: VerdictRecord) -> Markup:
    return render_template("diagnoses.html.jinja", diagnoses=verdict.diagnoses, zip_longest=zip_longest)


def _flagged(results: Sequence[CheckResult], evidence: Evidence | None = None) -> Markup:
    def label(track: str) -> str:
        return track if evidence is None else key_label(evidence.model, track)

    flagged = [result for result in problems(results) if needs_action(result)]
    return render_template(
        "flagged.html.jinja", results=flagged, most_in_verdict=MAX_TRACKS, wording=wording, label=label
    )


def _facts(verdict: VerdictRecord, evidence: Evidence | None) -> list[tuple[str, str]]:
    facts = wording.verdict_facts(verdict)
    if evidence is not None:
        space, playlists = evidence.model.space, evidence.model.playlists
        role = "held out of training" if evidence.model.held_out else "used for training"
        facts[-1:-1] = [
            ("vectors", f"{len(space):,} tracks × {space.dimensions} dimensions"),
            ("playlists", f"{len(playlists):,}, {len(playlists.plays):,} plays, {role}"),
        ]
    facts.append(("took", f"{verdict.seconds:.1f} s"))
    return sorted(facts, key=lambda fact: fact[0] not in _WHOLE_ROW)


def _champion_values(verdict: VerdictRecord, history: Sequence[Record]) -> dict[str, str]:
    """Return the values that were measured when the champion was the tested run, by check id.

    A champion from a file has no values, since the file may have changed. Comparisons with the champion are left out.
    """
    champion = verdict.champion
    if champion is None or champion.get("source") in ("files", "memory"):
        return {}
    values = values_of(history[:-1], str(champion["pathspec"]))
    return {
        result.id: show(values[result.id], result.unit)
        for result in verdict.checks
        if result.id in values and result.family != "champion"
    }
