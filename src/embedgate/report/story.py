"""What every telling of a verdict shares: what comes first, how a value, interval and bound read, who is to blame.

Names of tracks, genres and runs are users' text: `one_line` makes of each a piece of a line, and of a line nothing
that a CI's log reads as a command.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from embedgate.checks.units import show
from embedgate.judgement.result import MOST_TRACKS, WORST_FIRST, CheckResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.verdict import VerdictRecord

_SAID = WORST_FIRST[:4]
_MOST_IDS = 3
TURNS_ORDER = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_UTC = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?(?:\+00:00|Z)")


def worth_saying(results: Sequence[CheckResult]) -> list[CheckResult]:
    """What is not as it should be: what stops the gate first, then by outcome, else in the order of the checks."""
    said = [result for result in results if result.outcome in _SAID]
    return sorted(said, key=lambda result: (not result.fails_gate, WORST_FIRST.index(result.outcome)))


@dataclass(frozen=True, slots=True)
class Alike:
    """Checks of one family that have the same outcome for the same cause; told in one line.

    Attributes:
        results: one at least.
    """

    results: tuple[CheckResult, ...]

    @property
    def first(self) -> CheckResult:
        """The one that stands for all."""
        return self.results[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the first few checks."""
        return tuple(result.id for result in self.results[:_MOST_IDS])

    @property
    def more(self) -> str:
        """How many further checks there are; "" where there are none."""
        left = len(self.results) - _MOST_IDS
        return f" and {left:,} more" if left > 0 else ""


def alike(results: Sequence[CheckResult]) -> list[Alike]:
    """Group checks that measured nothing by family, outcome and cause; every other check stands alone."""
    groups: dict[object, list[CheckResult]] = {}
    for result in results:
        same = (result.family, result.outcome, result.fails_gate, result.message)
        groups.setdefault(result.id if result.tracks or result.value is not None else same, []).append(result)
    return [Alike(tuple(group)) for group in groups.values()]


def not_applicable(results: Sequence[CheckResult]) -> list[Alike]:
    """Group the checks whose data do not exist, in the order of the checks."""
    return alike([result for result in results if result.outcome == "not_applicable"])


def counts(results: Sequence[CheckResult]) -> str:
    """How many checks had which outcome, the worst first."""
    found = Counter(result.outcome for result in results)
    return ", ".join(f"{found[each]:,} {spoken(each)}" for each in WORST_FIRST if found[each])


def families(results: Sequence[CheckResult]) -> dict[str, str]:
    """The same for each family, in the order of the checks."""
    names = dict.fromkeys(result.family for result in results)
    return {name: counts([result for result in results if result.family == name]) for name in names}


def spoken(outcome: str) -> str:
    """An outcome as a reader sees it."""
    return outcome.replace("_", " ")


def interval_of(result: CheckResult) -> str:
    """The interval in the value's unit; nothing where there is none."""
    if result.interval is None:
        return ""
    low, high = result.interval
    return f"{_number(low, result.unit)} to {_number(high, result.unit)}"


def bound_of(result: CheckResult) -> str:
    """The bound in the value's unit, and whose it is."""
    bound = result.bound
    if bound is None:
        return "none" if result.outcome == "no_baseline" else ""
    sign = "≥" if bound.kind == "at_least" else "≤"
    whose = {"user": "yours", "null": "default" if bound.constant else "chance", "champion": "champion"}
    return f"{sign} {_number(bound.limit, result.unit)} ({whose[bound.source]})"


def _number(value: float, unit: str) -> str:
    """A number in its unit; what a verdict.json could not hold, infinity, has come back as no number."""
    return show(None if isnan(value) else value, unit)


def about(verdict: VerdictRecord) -> list[tuple[str, str]]:
    """What was tested, against what, with which config."""
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
    facts.append(("champion", compared_with(verdict.champion, absence(verdict.checks))))
    facts.append(("config", verdict.config or "none: defaults"))
    return facts


def compared_with(champion: Mapping[str, object] | None, absent: str) -> str:
    """The model that the tested one was compared with, in one line.

    Args:
        champion: as verdict.json shows it; None where nothing was compared.
        absent: why there is none, in a word or two.
    """
    if not champion:
        return f"{absent}, nothing was compared"
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


def absence(results: Sequence[CheckResult]) -> str:
    """Why there is no champion, as the champion's checks tell it: off, none yet, or none where none of them ran."""
    outcomes = {result.outcome for result in results if result.family == "champion"}
    if "no_baseline" in outcomes:
        return "none yet"
    return "off" if "off" in outcomes else "none"


def _minute(instant: object) -> str:
    return _UTC.sub(r"\1 \2 UTC", str(instant))


def line_of_all(those: Alike) -> str:
    """Checks that measured nothing in one line: outcome, ids and cause."""
    if len(those.results) == 1:
        return line_of(those.first)
    word = spoken(those.first.outcome).upper()
    return one_line(f"{word} {', '.join(those.ids)}{those.more}: {those.first.message}")


def line_of(result: CheckResult) -> str:
    """A check in one line: outcome, id, value, and by how much it misses what."""
    value = show(result.value, result.unit)
    return one_line(f"{spoken(result.outcome).upper()} {result.id} ({value}): {result.message}")


def brief(result: CheckResult) -> str:
    """The same where the message stands elsewhere: value and bound; the message where these do not say why."""
    if result.bound is None or result.outcome == "inconclusive":
        return line_of(result)
    value = show(result.value, result.unit)
    asked = f"{bound_of(result)} is asked for"
    return one_line(f"{spoken(result.outcome).upper()} {result.id} ({value}): {asked}")


def blame(result: CheckResult, most: int) -> str:
    """The worst tracks in one line; nothing where none is to blame."""
    if not result.tracks:
        return ""
    return one_line(f"to blame: {', '.join(map(repr, result.tracks[:most]))}{more_than(result, most)}")


def more_than(result: CheckResult, most: int) -> str:
    """How many tracks to blame there are beside those that are shown."""
    more = len(result.tracks) - most
    if more <= 0:
        return ""
    # a verdict that was read back has no more of them than this
    return f" and {more:,} more" if len(result.tracks) != MOST_TRACKS else " and more"


def plain(text: str) -> str:
    """Take control characters out of users' text: a track's name must not move the cursor."""
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cs") and char != "\n" else char for char in text)


def one_line(text: str) -> str:
    """Make users' text a piece of one line: no line ends, no control characters, no order turned round.

    In a CI's log a line that begins with `::`, and `##[` anywhere, is a command to the runner.
    """
    flat = _LINE_ENDS.sub(" ⏎ ", text.rstrip())
    shown = "".join(
        "\ufffd" if char in TURNS_ORDER or unicodedata.category(char) in ("Cc", "Cs") else char for char in flat
    )
    return re.sub(r"^(\s*)::", r"\1: :", shown).replace("##[", "## [")


def lines(text: str) -> str:
    """Make users' text, which may be a traceback, lines of that kind."""
    return "\n".join(map(one_line, text.splitlines()))
