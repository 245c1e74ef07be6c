"""docs/checks.md, generated from the registry: `python -m embedgate.checks.table > docs/checks.md`."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from embedgate.checks.registry import CHECKS
from embedgate.checks.units import show

if TYPE_CHECKING:
    from embedgate.checks.bands import Band
    from embedgate.checks.check import Check

_HEAD = """# Checks

Every check has an id, a severity and a bound. `[checks."<id>"]` in quality_checks.toml overrides them:

    [checks."duplicates.rate"]
    at_most = 0.05          # or at_least, whichever is the check's direction
    severity = "warn"       # "fail" fails the gate, "warn" reports, "off" skips the check

The key is an id or a prefix (`separation`, `separation.space`, `separation.space[rock]`). The most specific entry
wins, key by key. `custom.*` is for your own checks. A bound has one of four sources:

- **configured**: your number. Without one the check is `no_baseline`: it shows its value and does not fail.
- **chance level**: the value has to exceed the permutation baseline, which is the same statistic for permuted
  artists, targets or pairs. A random space passes a test of the whole space once in a thousand times, and a test of
  one genre once in a hundred times. With too few artists to permute the check is `inconclusive`.
  A slice at chance level fails only if the playlists certainly contain more (see
  [configuration.md](configuration.md#slices)).
  `neighbours.same_artist`, `neighbours.slice`, `retrieval.hit_rate`, `retrieval.slice`, `separation.space`,
  `separation.map` and `geometry.collapse` only warn if the champion is not certainly better.
- **champion**: how far a sound retrain may differ from the model in production. `embedgate calibrate` replaces these
  defaults by limits measured on your own retrains. A check with an interval is `failed` if the whole interval is
  outside the band, and `warned` if only the estimate is. Without a champion the check is `no_baseline`.
- **default**: a documented constant, which your number replaces. In verdict.json its `from` is `null` and `constant`
  is true.

Artists, genres and known tracks are optional. A check whose data do not exist is `not_applicable`: it never fails the
gate, and its message says what does not exist. Without the columns `track_test_x` and `track_test_y`, the target of
retrieval is the last track of each list, and the query is the track before it. A genre with too few
tagged tracks is `inconclusive` at `warn`. If genres are configured and none has enough tracks,
`separation.tag_coverage` fails.
"""


def table() -> str:
    """Return the page, with a section for each family."""
    parts = [_HEAD]
    for family, checks in groupby(CHECKS, key=lambda check: check.family):
        parts.append(f"\n## {family}\n\n| id | question | severity | bound |\n| --- | --- | --- | --- |\n")
        parts += [_row(check) for check in checks]
    return "".join(parts)


def _row(check: Check) -> str:
    slug = {
        "model": "",
        "genre": "[<genre>]",
        "pair": "[<genre>~<genre>]",
        "known": "[<id>]",
        "slice": "[<column>=<value>]",
    }[check.per]
    severity = f"`{check.severity}`"
    if check.severity_held_out:
        severity += f"; `{check.severity_held_out}` for held-out playlists"
    if check.band is not None and check.severity_calibrated != check.severity:
        severity += f"; `{check.severity_calibrated}` once calibrated"
    return f"| `{check.id}{slug}` | {check.question} | {severity} | {default_bound(check)} |\n"


def default_bound(check: Check) -> str:
    """Return the bound of a check without any config, in words."""
    if check.per == "known":
        return "configured: `min_hits`, and no neighbour of `never`"
    if check.null:
        return "chance level"
    if check.bound_in_words:
        return check.bound_in_words
    if check.band is not None:
        return f"champion: {_band(check.band, check.unit)}"
    if check.bound is None:
        return f"configured (`{check.direction}`)"
    sign = ">=" if check.bound.kind == "at_least" else "<="
    return f"default: {sign} {show(check.bound.limit, check.unit)}".replace(">= any", "> 0")


def _band(band: Band, unit: str) -> str:
    if band.limit is None:
        return "calibrated only"
    sign = ">=" if band.kind == "at_least" else "<="
    if band.share_of == "scale":
        return f"loses at most {abs(band.limit):.0%} of the champion's lead over chance"
    if band.share_of == "critical":
        return "at most the displacement that chance reaches in one comparison of twenty, in standard deviations"
    if band.share_of == "n":
        return f"{sign} {band.limit:.1%} of the tracks, and {band.min_limit:g} in any case"
    return f"{sign} {show(band.limit, unit)}"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - the page is the output
