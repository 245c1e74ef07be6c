"""Texts for results and verdicts, the same in the HTML report, the terminal, the job summary and the commands.

They contain users' text unchanged: each channel sanitizes it (`embedgate.sanitize`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.result import MAX_TRACKS, WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.diagnosis_record import Diagnosis
    from embedgate.judgement.drill_record import DrillRecord
    from embedgate.judgement.result import CheckResult
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.material.metadata import TrackMetadata

_MAX_IDS = 3
_UTC = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?(?:\+00:00|Z)")
_SENTENCES = {
    "passed": "All checks that can fail the gate passed. This model may be promoted.",
    "inconclusive": "A check that can fail the gate is inconclusive. Promotion is blocked.",
    "partial": "Some checks did not run, and an incomplete run cannot pass.",
}
_TOO_LITTLE_CHECKED = "Too little was checked for this model to pass."


def outcome_text(outcome: str) -> str:
    """Return an outcome in words: `no baseline` for `no_baseline`."""
    return outcome.replace("_", " ")


def outcome_counts(results: Sequence[CheckResult]) -> str:
    """Return the number of checks with each outcome, the worst first."""
    found = Counter(result.outcome for result in results)
    return ", ".join(f"{found[each]:,} {outcome_text(each)}" for each in WORST_FIRST if found[each])


def family_counts(results: Sequence[CheckResult]) -> dict[str, str]:
    """Return the outcome counts of each family, in the order of the checks."""
    names = dict.fromkeys(result.family for result in results)
    return {name: outcome_counts([result for result in results if result.family == name]) for name in names}


def drill_sentence(drill: DrillRecord) -> str:
    """Return how many faults fail the gate at their worst severity, and the names of those that do not."""
    tried = [fault for fault in drill.faults if fault.attempts]
    missed = [fault.name for fault in tried if fault.failed_from is None]
    names = f", but not: {', '.join(missed)}" if missed else ""
    return f"Drill: {len(tried) - len(missed)} of {len(tried)} faults would fail the gate{names}"


def value_text(result: CheckResult) -> str:
    """Return the value in its unit; a dash if there is none."""
    return show(result.value, result.unit)


def interval_text(result: CheckResult) -> str:
    """Return the interval in the value's unit; "" if there is none."""
    if result.interval is None:
        return ""
    low, high = result.interval
    return f"{_limit(low, result.unit)} to {_limit(high, result.unit)}"


def bound_text(result: CheckResult) -> str:
    """Return the bound in the value's unit, and its source."""
    bound = result.bound
    if bound is None:
        return "none" if result.outcome == "no_baseline" else ""
    sign = "≥" if bound.kind == "at_least" else "≤"
    return f"{sign} {_limit(bound.limit, result.unit)} ({bound.origin})"


def value_and_bound(result: CheckResult) -> str:
    """Return "0.98 ≥ 0.90 (default)"; of a value that does not meet its bound, "0.54, expected ≥ 0.90 (default)"."""
    between = ", expected " if result.bound and result.outcome in ("failed", "warned") else " "
    return f"{value_text(result)}{between}{bound_text(result)}".rstrip()


def _limit(value: float, unit: str) -> str:
    """Return a number in its unit; infinity was written to verdict.json as null and is read back as NaN."""
    return show(None if isnan(value) else value, unit)


def offending_tracks(result: CheckResult, most: int, catalogue: TrackMetadata | None = None) -> str:
    """Return the worst offending tracks in quotes, with their names in the item catalogue; "" if there are none."""
    if not result.tracks:
        return ""
    shown = [quoted_track(track, catalogue) for track in result.tracks[:most]]
    return f"Offending tracks: {', '.join(shown)}{more_tracks(result, most)}"


def quoted_track(track: str, catalogue: TrackMetadata | None) -> str:
    """Return a key in quotes, followed by artist and title if the item catalogue has them."""
    name = "" if catalogue is None else catalogue.name_of(track)
    return f"{track!r} ({name})" if name else repr(track)


def more_tracks(result: CheckResult, most: int) -> str:
    """Return how many offending tracks there are beyond the first few."""
    more = len(result.tracks) - most
    if more <= 0:
        return ""
    # verdict.json lists at most this many: the total is unknown
    return " and more" if len(result.tracks) == MAX_TRACKS else f" and {more:,} more"


def more_checks(group: Sequence[CheckResult]) -> str:
    """Return how many checks of a group are not in `ids_of`."""
    more = len(group) - _MAX_IDS
    return f" and {more:,} more" if more > 0 else ""


def ids_of(group: Sequence[CheckResult]) -> list[str]:
    """Return the ids of the first checks of a group."""
    return [result.id for result in group[:_MAX_IDS]]


def group_line(group: Sequence[CheckResult]) -> str:
    """Return outcome, ids and message of checks with one cause; see `result_groups.by_cause`."""
    first = group[0]
    checks = f"{outcome_text(first.outcome).upper()} {', '.join(ids_of(group))}{more_checks(group)}"
    value = "" if first.value is None or _starts_with_value(first) else f" ({value_text(first)})"
    return f"{checks}{value}: {first.message}"


def explained_line(group: Sequence[CheckResult]) -> str:
    """Return outcome, ids and value of checks that a diagnosis explains, without their message."""
    first = group[0]
    if _starts_with_value(first):
        return brief_line(first)
    value = "" if first.value is None else f" ({value_text(first)})"
    checks = f"{outcome_text(first.outcome).upper()} {', '.join(ids_of(group))}{more_checks(group)}"
    return f"{checks}{value}: see the cause below"


def cause_lines(diagnosis: Diagnosis) -> list[str]:
    """Return the lines of a diagnosis: the cause, examples of both sides, and what to do."""
    count = len(diagnosis.explains)
    lines = [f"cause of {count:,} {'check' if count == 1 else 'checks'}: {diagnosis.sentence}"]
    if diagnosis.examples:
        sides = (f"{side}: {', '.join(map(repr, those))}" for side, those in diagnosis.examples.items())
        lines.append(f"    {'; '.join(sides)}")
    return [*lines, f"    {diagnosis.action}"]


def brief_line(result: CheckResult) -> str:
    """Return the line of a check whose message was printed before: only value and bound, if the message has them."""
    if _starts_with_value(result):
        return group_line([replace(result, message=result.message.partition(". ")[0].removesuffix("."))])
    return group_line([result])


def _starts_with_value(result: CheckResult) -> bool:
    """Return whether the first sentence of the message consists of value and bound."""
    return result.message.startswith(f"{value_text(result)}, expected ")


def verdict_sentence(verdict: VerdictRecord) -> str:
    """Return what the verdict means for the model."""
    if verdict.error is not None:
        return "The gate ended with an error. Promotion is blocked."
    if verdict.outcome == "failed":
        stopping = [result for result in verdict.checks if result.fails_gate]
        families = ", ".join(dict.fromkeys(result.family for result in stopping))
        checks = f"{len(stopping):,} of {len(verdict.checks):,} checks {'fails' if len(stopping) == 1 else 'fail'}"
        return f"{checks} the gate ({families}). Promotion is blocked."
    if verdict.promoted:
        return "All checks that can fail the gate passed. This model is the champion now."
    if verdict.promotion == "pending":
        return "All checks that can fail the gate passed. The promotion is pending."
    return _TOO_LITTLE_CHECKED if verdict.is_below_floor else _SENTENCES[verdict.outcome]


def verdict_facts(verdict: VerdictRecord) -> list[tuple[str, str]]:
    """Return the tested run, the champion and the config as pairs of name and value."""
    facts = []
    if verdict.run is not None:
        facts.append(("run", str(verdict.run.get("pathspec"))))
        if verdict.run.get("finished_at"):
            facts.append(("finished", _minute(verdict.run["finished_at"])))
        if verdict.run.get("user"):
            facts.append(("by", str(verdict.run["user"])))
        tags = verdict.run.get("tags")
        if isinstance(tags, list | tuple) and tags:
            facts.append(("tags", ", ".join(map(str, tags))))
    facts.append(("champion", champion_text(verdict.champion, _champion_absence(verdict.checks))))
    facts.append(("config", verdict.config or "none: defaults"))
    if verdict.sampled:
        facts.append(("sampled", sampled_text(verdict.sampled)))
    return facts


def sampled_text(sampled: Mapping[str, int]) -> str:
    """Return what was sampled, on one line."""
    return (
        f"neighbours of {sampled.get('queries', 0):,} of {sampled.get('tracks', 0):,} tracks, drawn by popularity; "
        "integrity, coverage, displacement and the rate of duplicates are of all tracks"
    )


def champion_text(champion: Mapping[str, object] | None, absence: str) -> str:
    """Return the model that the tested one was compared with, on one line.

    Args:
        champion: as in verdict.json; None if nothing was compared.
        absence: why there is none, in a word or two.
    """
    if not champion:
        return f"{absence}, nothing was compared"
    parts = [str(champion.get("pathspec"))]
    if champion.get("finished_at"):
        parts.append(f"finished {_minute(champion['finished_at'])}")
    if champion.get("user"):
        parts.append(f"by {champion['user']}")
    match champion.get("vectors"):
        case {"tracks": int(tracks), "dimensions": int(dimensions)}:
            parts.append(f"{tracks:,} tracks of {dimensions} dimensions")
    itself = "; the tested run is the champion itself" if champion.get("is_the_tested_run") is True else ""
    return f"{', '.join(parts)}{itself}"


def _champion_absence(results: Sequence[CheckResult]) -> str:
    """Return why there is no champion: none yet, switched off by the user, or none was given."""
    checks = [result for result in results if result.family == "champion"]
    if any(result.outcome == "no_baseline" for result in checks):
        return "none yet"
    return "off" if any(result.message.startswith("switched off") for result in checks) else "none"


def _minute(instant: object) -> str:
    return _UTC.sub(r"\1 \2 UTC", str(instant))
