"""Errors in the configuration of checks: unknown ids, and bounds that a measure cannot have."""

from __future__ import annotations

import difflib
from math import inf
from typing import TYPE_CHECKING

from embedgate.checks.check import CUSTOM
from embedgate.checks.registry import BY_ID, FAMILIES, check_ids, check_of
from embedgate.config.settings import covers
from embedgate.errors import ConfigError

if TYPE_CHECKING:
    from embedgate.checks.bounds import Direction
    from embedgate.checks.check import Check
    from embedgate.config.file import Config


def reject_config_errors(config: Config) -> Config:
    """Return the config if its entries for checks are valid.

    Raises:
        ConfigError: names the file, the key, and what is valid.
    """
    _reject_unknown_ids(config)
    _reject_wrong_bounds(config)
    return config


def _reject_unknown_ids(config: Config) -> None:
    """Reject an entry of `[checks]` or `[bands.limits]` that covers no check.

    Entries below `custom` are validated at the end of the run, when the user's own checks are known.

    Raises:
        ConfigError: names the file, the entry and the nearest valid id.
    """
    settings = config.settings
    ids = list(check_ids(settings))
    # labels and values of the catalogue are known once it is loaded, and the entries are then validated again
    later = {
        *(("genre", "pair") if settings.awaits_labels else ()),
        *(("slice",) if settings.awaits_slices else ()),
    }
    for check_id in settings.bands.limits:
        if _repeated_over(check_id) in later:
            continue
        if check_id not in (*ids, *BY_ID) or check_of(check_id).band is None:
            raise ConfigError(
                f"{config.shown}: [bands.limits] contains {check_id!r}, which is not a check of the champion family: "
                "run `embedgate calibrate` again, or remove the line"
            )
    for entry in settings.checks:
        if (entry + ".").startswith(f"{CUSTOM}."):
            continue
        if _repeated_over(entry) in later:
            continue
        as_id = settings.as_id(entry)
        if any(covers(as_id, check_id) for check_id in ids):
            continue
        near = difflib.get_close_matches(as_id, [*ids, *BY_ID, *FAMILIES], n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"the families are {', '.join(FAMILIES)}"
        raise ConfigError(f"{config.shown}: unknown check {entry!r} in [checks] ({hint})")


def _repeated_over(entry: str) -> str:
    """Return what the check of an entry with a slug is repeated over; "" without one."""
    plain, bracket, _ = entry.partition("[")
    return BY_ID[plain].per if bracket and plain in BY_ID else ""


def _reject_wrong_bounds(config: Config) -> None:
    """Reject a configured bound that is against its check's direction or outside the range of the measure.

    Raises:
        ConfigError: names the file, the key, and what is valid.
    """
    settings = config.settings
    for check_id in check_ids(settings):
        entry, check = settings.bound_entry(check_id), check_of(check_id)
        if entry is None or check.direction is None:
            continue
        user = settings.checks[entry]
        kind: Direction = "at_least" if user.at_least is not None else "at_most"
        limit = user.at_least if user.at_least is not None else user.at_most
        where = f'{config.shown}: [checks."{entry}"] {kind} = {limit:g}'
        if kind != check.direction:
            raise ConfigError(
                f"{where} is against the direction of {check_id}: set {check.direction}, {_numbers(check)}"
            )
        if not _in_range(limit, check):
            raise ConfigError(f"{where} is outside the range of {check_id}: set {_numbers(check)}")
    for check_id, limit in settings.bands.limits.items():
        check = check_of(check_id)
        if not _in_range(limit, check):
            raise ConfigError(
                f'{config.shown}: [bands.limits] "{check_id}" = {limit:g} is outside the range of {check_id}: set '
                f"{_numbers(check)}, or run `embedgate calibrate` again"
            )


def _in_range(limit: float | None, check: Check) -> bool:
    low, high = check.range
    return limit is not None and low <= limit <= high


def _numbers(check: Check) -> str:
    low, high = check.range
    if high < inf:
        return f"a number from {low:g} to {high:g}"
    return "any number" if low == -inf else f"a number from {low:g} upwards"
