"""docs/checks.md, made of the list of checks: `python -m embedgate.judgement.checks_table > docs/checks.md`."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from embedgate.judgement.checks import CHECKS, Check
from embedgate.judgement.outcomes import show

if TYPE_CHECKING:
    from embedgate.judgement.bands import Band

_HEAD = """# Checks

Every check has an id, a severity and a bound. `[checks."<id>"]` in quality_checks.toml sets your own:

    [checks."duplicates.rate"]
    at_most = 0.05          # or at_least, whichever is the check's direction
    severity = "warn"       # "fail" stops the gate, "warn" tells, "off" leaves the check out

An id or a prefix (`separation`, `separation.space`, `separation.space[rock]`) may be named; the most specific
entry wins, key by key. `custom.*` is for checks of your own. Where the bound comes from:

- **yours**: a number that you own; without it the check is `no_baseline`: it shows its value and stops nothing.
- **chance**: the value has to beat what chance gives, the same statistic with artists, answers or pairs dealt out
  again. Tests of the whole space let a random one past once in a thousand times, tests of one genre once in a
  hundred. Too few artists to deal out are `inconclusive`.
- **champion**: how far a sound retrain goes from the model in production; `embedgate calibrate` puts what your own
  retrains do in place of these defaults. A check with an interval is `failed` where all of it is beyond the band, and
  `warned` where only the estimate is. No champion, no baseline: `no_baseline`.
- **default**: a documented constant, which your number replaces. In verdict.json its `from` is `null`, and
  `constant` is true: it says what a faultless, or a random, model gives.

Artists, genres, known tracks and the columns `track_test_x` and `track_test_y` are optional. A check whose data do
not exist is `not_applicable`: it never fails the gate, whatever its severity and bound, and says what does not exist.
Data that exist, and are too few for a rare genre, are `inconclusive` at `warn`; where genres are configured and none
has enough tracks, `separation.tag_coverage` fails.
"""


def table() -> str:
    """The page, a section a family."""
    parts = [_HEAD]
    for family, checks in groupby(CHECKS, key=lambda check: check.family):
        parts.append(f"\n## {family}\n\n| id | question | severity | bound |\n| --- | --- | --- | --- |\n")
        parts += [_row(check) for check in checks]
    return "".join(parts)


def _row(check: Check) -> str:
    slug = {"model": "", "genre": "[<genre>]", "pair": "[<genre>~<genre>]", "known": "[<id>]"}[check.per]
    severity = f"`{check.severity}`"
    if check.severity_held_out:
        severity += f"; `{check.severity_held_out}` for held-out playlists"
    if check.band is not None and check.severity_calibrated != check.severity:
        severity += f"; `{check.severity_calibrated}` once calibrated"
    return f"| `{check.id}{slug}` | {check.question} | {severity} | {_bound(check)} |\n"


def _bound(check: Check) -> str:
    if check.per == "known":
        return "yours: `min_hits`, and nothing of `never`"
    if check.null:
        return "chance"
    if check.band is not None:
        return _band(check.band, check.unit)
    if check.bound is None:
        return f"yours (`{check.direction}`)"
    sign = "at least" if check.bound.kind == "at_least" else "at most"
    return f"default: {sign} {show(check.bound.limit, check.unit)}".replace("at least any", "more than none")


def _band(band: Band, unit: str) -> str:
    if band.limit is None:
        return "champion: calibrated only"
    sign = "at least" if band.kind == "at_least" else "at most"
    share = f"{abs(band.limit):g}"
    if band.of == "scale":
        return f"champion: loses at most {float(share):.0%} of the champion's lead over chance"
    if band.of == "critical":
        return "champion: at most what one region of like size in twenty reaches, in spreads between regions"
    if band.of == "n":
        return f"champion: {sign} {float(share):.1%} of the tracks, and {band.least:g} at any rate"
    return f"champion: {sign} {show(band.limit, unit)}"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - its purpose
