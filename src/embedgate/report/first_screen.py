"""What a reviewer sees first: the verdict in words, the run and the champion, what is broken and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.judgement.result import MOST_TRACKS
from embedgate.report.families import is_wrong
from embedgate.report.markup import safe, safe_lines
from embedgate.report.story import absence, compared_with, more_than, spoken, worth_saying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.sources.records import LoadedModel

_SENTENCE = {
    "passed": "This model may be promoted: every check that can stop it passed.",
    "failed": "This model is stopped.",
    "inconclusive": "This model is stopped: a check that can stop it could not be decided.",
    "partial": "No answer: some checks did not run, and an incomplete run cannot pass.",
}
_TOLD = 8
"""Broken checks that are told at once; the rest is folded."""
_BLAMED = 5


def banner(verdict: VerdictRecord) -> str:
    """The verdict in one word and one sentence, with how many checks broke."""
    says = _SENTENCE[verdict.outcome]
    if verdict.error is not None:
        says = "This model is stopped, not by a check but by an error."
    elif verdict.outcome == "failed":
        says = f"This model is stopped: {_how_many(verdict.checks)}."
    elif verdict.outcome == "passed" and verdict.promoted:
        says = "This model is the champion now: every check that can stop it passed."
    elif verdict.outcome == "passed" and verdict.promotion == "pending":
        says = "Every check that can stop this model passed. Its promotion is pending."
    elif verdict.is_below_floor:
        says = "No answer: too little was checked."
    return (
        f'<div class="eg-verdict eg-{verdict.outcome}"><strong>{safe(verdict.outcome)}</strong>'
        f"<span>{safe(says)}</span></div>"
    )


def _how_many(results: Sequence[CheckResult]) -> str:
    stopping = [result for result in results if result.fails_gate]
    families = list(dict.fromkeys(result.family for result in stopping))
    where = " and ".join(filter(None, [", ".join(families[:-1]), *families[-1:]]))
    word = "is" if len(stopping) == 1 else "are"
    return f"{len(stopping):,} of {len(results):,} checks {word} broken, in {where}"


def about(verdict: VerdictRecord, loaded: LoadedModel | None, *, held_out: bool) -> str:
    """The run and what it was compared with; how large it is, and with which config it was judged."""
    facts: list[tuple[str, str]] = []
    champion = ("champion", compared_with(verdict.champion, absence(verdict.checks)))
    if loaded is None:
        facts.append(champion)
    else:
        record = loaded.record
        facts += [("run", record.pathspec), champion]
        if record.finished_at is not None:
            facts.append(("finished", f"{record.finished_at:%Y-%m-%d %H:%M} UTC"))
        if record.user:
            facts.append(("by", record.user))
        if record.tags:
            facts.append(("tags", ", ".join(record.tags)))
        facts.append(("vectors", f"{len(loaded.space):,} tracks × {loaded.space.dimensions} dimensions"))
        role = "held out of training" if held_out else "used for training"
        facts.append(("playlists", f"{len(loaded.playlists):,}, {len(loaded.playlists.plays):,} plays, {role}"))
    facts += [("config", verdict.config or "none: defaults"), ("took", f"{verdict.seconds:.1f} s")]
    rows = "".join(f"<div><dt>{safe(name)}</dt><dd>{safe(value)}</dd></div>" for name, value in facts)
    return f'<dl class="eg-about">{rows}</dl>'


def error(verdict: VerdictRecord) -> str:
    """What kept the gate from its work; nothing where nothing did."""
    if verdict.error is None:
        return ""
    return f'<p class="eg-error"><b>{safe(verdict.error["kind"])}:</b> {safe_lines(verdict.error["message"])}</p>'


def missing(verdict: VerdictRecord) -> str:
    """What the floor lacks, if the floor alone keeps the verdict from `passed`."""
    shown = verdict.missing if verdict.is_below_floor else ()
    return "".join(f'<p class="eg-told">{safe(each)}</p>' for each in shown)


def broken(results: Sequence[CheckResult]) -> str:
    """What stops the gate, or warns, in sentences, with the tracks to blame; a long list ends folded."""
    told = [result for result in worth_saying(results) if is_wrong(result)]
    if not told:
        return ""
    items = [_item(result) for result in told]
    first = f'<ul class="eg-broken-list">{"".join(items[:_TOLD])}</ul>'
    rest = items[_TOLD:]
    if not rest:
        return first
    return (
        f'{first}<details class="eg-rest"><summary>{len(rest):,} more</summary>'
        f'<ul class="eg-broken-list">{"".join(rest)}</ul></details>'
    )


def _item(result: CheckResult) -> str:
    blame = ""
    if result.tracks:
        shown = ", ".join(f"<q>{safe(track)}</q>" for track in result.tracks[:_BLAMED])
        whole = " (the whole list: verdict.tracks.csv)" if len(result.tracks) > MOST_TRACKS else ""
        blame = f'<div class="eg-blame">To blame: {shown}{more_than(result, _BLAMED)}{whole}</div>'
    return (
        f'<li class="eg-{result.outcome}"><span class="eg-word">{safe(spoken(result.outcome))}</span> '
        f"<code>{safe(result.id)}</code> {safe_lines(result.message)}{blame}</li>"
    )
