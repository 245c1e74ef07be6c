"""The verdict as Markdown, for the summary page of a GitHub job and other places that show Markdown.

Tables and paragraphs are HTML, as in GitHub's own toolkit: users' text in HTML needs only one kind of escaping.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.report import wording
from embedgate.report.result_groups import by_cause, not_applicable, problems
from embedgate.report.templating import render
from embedgate.sanitize import markdown_code, markdown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.judgement.verdict import VerdictRecord

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1024 * 1024
"""Maximum bytes of a step's summary: GitHub does not show a larger one."""
_MAX_TRACKS = 5
_SYMBOLS = {"passed": "✅", "failed": "❌", "inconclusive": "❔", "partial": "◻️"}


def append_to_job_summary(verdict: VerdictRecord, notes: Sequence[str]) -> str:
    """Append the verdict to the job's summary, within GitHub's limit; do nothing outside a job.

    Returns:
        A note if it could not be written, else "".
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return ""
    path = Path(named)
    try:
        taken = path.stat().st_size if path.exists() else 0
        text = markdown(verdict, notes, limit=LIMIT - taken)
        if not text:
            return f"the job summary {path} is full: GitHub does not show one that is larger than 1 MiB"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        return f"the job summary could not be written: {error}"
    return ""


def markdown(verdict: VerdictRecord, notes: Sequence[str] = (), *, limit: int = LIMIT) -> str:
    """Return a verdict in GitHub's Markdown, in at most `limit` bytes of UTF-8; "" if not even its head fits.

    Problems come first. If not all fit, the last ones are left out, and a line states how many.
    """
    groups = by_cause(problems(verdict.checks))

    def text(rows: int, *, families: bool) -> str:
        counts = wording.family_counts(verdict.checks) if families else {}
        rendered = render(
            "job_summary.md.jinja",
            symbol=_SYMBOLS[verdict.outcome],
            outcome=verdict.outcome,
            sentence=wording.verdict_sentence(verdict),
            facts=wording.verdict_facts(verdict),
            error=verdict.error,
            diagnoses=verdict.diagnoses,
            notes=notes,
            groups=groups[:rows],
            left_out=len(groups) - rows,
            results=verdict.checks,
            family_counts=counts,
            not_applicable=not_applicable(verdict.checks),
            most_tracks=_MAX_TRACKS,
            code=markdown_code,
            text=markdown_text,
            wording=wording,
        )
        return f"\n{rendered}\n"

    for families in (True, False):
        whole = text(len(groups), families=families)
        if len(whole.encode()) <= limit:
            return whole
        rows = range(len(groups))
        fitting = bisect_right(rows, limit, key=lambda count: len(text(count, families=families).encode()))
        if fitting:
            return text(fitting - 1, families=families)
    return ""
