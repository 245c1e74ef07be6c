"""The gate's part of the pytest-html report: verdict and table on top, a figure by every family.

Track, playlist, user and tag names are users' text: everything passes through `_safe` on its way in.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

from embedgate.judgement.checks import check_of
from embedgate.judgement.outcomes import Result, show
from embedgate.report.figures import exhibits_of
from embedgate.report.figures.exhibit import STYLE as FIGURE_STYLE
from embedgate.report.story import ORDER, absence, bound_of, compared_with, interval_of, spoken
from embedgate.report.style import STYLE
from embedgate.report.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pytest

    from embedgate.judgement.verdict import Verdict
    from embedgate.measures.evidence import Evidence
    from embedgate.report.figures.exhibit import Exhibit
    from embedgate.report.over_time import OverTime
    from embedgate.sources.resolve import LoadedModel

_SENTENCE = {
    "passed": "This model may be promoted: every check that can stop it passed.",
    "failed": "This model is stopped.",
    "inconclusive": "This model is stopped: a check that can stop it could not be decided.",
    "partial": "No answer: some checks did not run, and what did not run blesses no model.",
}
_MARK = {
    "passed": "✓",
    "warned": "!",
    "failed": "✗",
    "inconclusive": "?",
    "no_baseline": "–",
    "off": "○",
    "error": "✗",
    "not_run": "○",
}


def extras(
    family: str, evidence: Evidence, results_of: Callable[[str], Sequence[Result]]
) -> tuple[list[dict[str, Any]], str]:
    """The figures of a family as pytest-html extras, and a note where one could not be drawn.

    Args:
        family: what stands before the first dot of a check's id.
        evidence: every measurement of the model.
        results_of: gives what became of a family's checks.
    """
    from pytest_html import extras as kind  # noqa: PLC0415 - a gate run with a report only

    try:
        exhibits = exhibits_of(family, evidence, results_of(family))
    except Exception as error:  # noqa: BLE001 - a picture that fails must not hide the check it belongs to
        note = f"the figures of {family} could not be drawn: {type(error).__name__}: {error}"
        return [kind.html(f'<p class="eg-broken">{_safe(note)}</p>')], note
    return [kind.html(_figure(exhibit)) for exhibit in exhibits], ""


def _figure(exhibit: Exhibit) -> str:
    body = exhibit.html or ""
    if exhibit.png is not None:
        data = base64.b64encode(exhibit.png).decode("ascii")
        body = f'<img alt="{_safe(exhibit.title)}" width="{exhibit.width}" src="data:image/png;base64,{data}">{body}'
    return (
        f'<figure class="eg-figure"><figcaption><b>{_safe(exhibit.title)}</b> {_safe(exhibit.caption)}'
        f"</figcaption>{body}</figure>"
    )


def summary(
    verdict: Verdict,
    loaded: LoadedModel | None,
    picture: str,
    *,
    held_out: bool,
    past: OverTime,
    notes: Sequence[str],
) -> str:
    """The first screen: verdict, run, what is broken, the picture of the map, one line a check, and how it went."""
    banner = f"<strong>{_safe(verdict.word)}</strong><span>{_safe(_SENTENCE[verdict.word])}</span>"
    parts = [
        f'<style>{STYLE}{FIGURE_STYLE}{past.style}</style><section class="eg" aria-label="verdict">',
        f'<div class="eg-verdict eg-{verdict.word}">{banner}</div>',
        _about(verdict, loaded, held_out=held_out),
    ]
    if verdict.error is not None:
        parts.append(
            f'<p class="eg-error"><b>{_safe(verdict.error["kind"])}</b> {_lines(verdict.error["message"])}</p>'
        )
    parts += [_broken(verdict.results), *(f'<p class="eg-told">{_lines(note)}</p>' for note in notes), picture]
    parts += [_table(verdict.results, past.cells), *map(_figure, past.exhibits), "</section>"]
    return "".join(parts)


def _about(verdict: Verdict, loaded: LoadedModel | None, *, held_out: bool) -> str:
    facts: list[tuple[str, str]] = []
    if loaded is not None:
        record = loaded.record
        facts.append(("run", record.pathspec))
        if record.finished_at is not None:
            facts.append(("finished", f"{record.finished_at:%Y-%m-%d %H:%M} UTC"))
        if record.user:
            facts.append(("by", record.user))
        if record.tags:
            facts.append(("tags", ", ".join(record.tags)))
        facts.append(("vectors", f"{len(loaded.space):,} tracks × {loaded.space.dimensions} dimensions"))
        role = "held out of training" if held_out else "used for training"
        facts.append(("playlists", f"{len(loaded.playlists):,}, {len(loaded.playlists.plays):,} plays, {role}"))
    facts.append(("champion", compared_with(verdict.champion, absence(verdict.results))))
    facts.append(("config", verdict.config or "none: defaults"))
    facts.append(("took", f"{verdict.seconds:.1f} s"))
    rows = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in facts)
    return f'<dl class="eg-about">{rows}</dl>'


def _broken(results: Sequence[Result]) -> str:
    """What stops the gate, or warns, in sentences, with the tracks to blame."""
    said = [result for result in _sorted(results) if result.stops or result.outcome == "warned"]
    if not said:
        return ""
    items = []
    for result in said:
        blame = ""
        if result.tracks:
            shown = ", ".join(f"<q>{_safe(track)}</q>" for track in result.tracks[:5])
            more = len(result.tracks) - 5
            blame = f'<div class="eg-blame">{shown}{f" and {more:,} more" if more > 0 else ""}</div>'
        items.append(
            f'<li class="eg-{result.outcome}"><code>{_safe(result.id)}</code> {_lines(result.message)}{blame}</li>'
        )
    return f'<ul class="eg-broken-list">{"".join(items)}</ul>'


def _table(results: Sequence[Result], trends: Mapping[str, str]) -> str:
    """One line a check; how it went over the last gate runs, where there were enough."""

    def trend(check_id: str) -> str:
        return f"<td>{trends.get(check_id, '')}</td>" if trends else ""

    rows = "".join(
        f'<tr class="eg-{result.outcome}"><td>{_MARK[result.outcome]} {_safe(spoken(result.outcome))}</td>'
        f"<td><code>{_safe(result.id)}</code></td>"
        f'<td class="eg-n">{_safe(show(result.value, result.unit))}</td>'
        f'<td class="eg-n">{_safe(interval_of(result))}</td><td class="eg-n">{_safe(bound_of(result))}</td>'
        f'{trend(result.id)}<td class="eg-n">{result.n:,}</td><td>{_safe(_asks(result))}</td></tr>'
        for result in results
    )
    columns = ["outcome", "check", "value", "95 % interval", "bound", *(["trend"] if trends else []), "n", "question"]
    head = "".join(f"<th>{name}</th>" for name in columns)
    return f'<table class="eg-checks"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _sorted(results: Sequence[Result]) -> list[Result]:
    return sorted(results, key=lambda result: (not result.stops, ORDER.index(result.outcome)))


def _asks(result: Result) -> str:
    return check_of(result.id).asks


def _lines(text: str) -> str:
    return _safe(text).replace("\n", "<br>")


def table_header(cells: list[str]) -> None:
    """Columns of pytest-html's table: outcome, check, value, bound, duration."""
    cells[1] = '<th class="sortable" data-column-type="testId">Check</th>'
    cells[3:] = ["<th>Outcome</th>", "<th>Value</th>", "<th>Bound</th>"]


def table_row(report: pytest.TestReport, carried: Mapping[str, Any] | None, cells: list[str]) -> None:
    """Fill those columns; a test that is no check keeps its escaped name."""
    if not cells:
        return
    if carried is None:
        cells[1] = f'<td class="col-testId">{_safe(report.nodeid)}</td>'
        cells[3:] = ["<td></td>", "<td></td>", "<td></td>"]
        return
    result = Result.from_dict(carried)
    word = spoken(result.outcome)
    cells[1] = f'<td class="col-testId">{_safe(result.id)}</td>'
    # the first cell keeps pytest's own word: the page filters its rows by it
    cells[3:] = [
        f"<td>{_safe(word)}</td>",
        f"<td>{_safe(show(result.value, result.unit))}</td>",
        f"<td>{_safe(bound_of(result))}</td>",
    ]


def _safe(text: str) -> str:
    """Escape users' text; what no page can hold, such as half a surrogate pair, shows as a replacement sign."""
    return escape(plain(text))
