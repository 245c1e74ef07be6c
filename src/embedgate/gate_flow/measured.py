"""The measures that a shard can compute: they take long, need no neighbour graph, and their values are small.

A value is an attribute of the evidence that is computed once. The step that judges sets those of the shards, and
computes all others.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids, check_of
from embedgate.engine import is_off

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from embedgate.checks.check import Check
    from embedgate.config.settings import Settings
    from embedgate.measures.evidence import Evidence

VALUES: Mapping[str, tuple[str, ...]] = {
    "map": ("model.map", "faithfulness", "map_separation"),
    "separation": ("space_separation", "pair_scores"),
    "displacement": ("comparison.displacement", "comparison.clusters"),
}
"""Attributes of the evidence by the name of their measure, in the order in which they are computed."""
_NEEDED_BY: Mapping[str, Callable[[Check], bool]] = {
    "map": lambda check: check.needs_map,
    "separation": lambda check: check.family == "separation",
    "displacement": lambda check: check.family == "champion",
}


def needed(evidence: Evidence, settings: Settings, *, compares: bool) -> tuple[str, ...]:
    """Return the names of the measures that a check needs which is not switched off."""
    checks = [check_of(each) for each in check_ids(settings) if not is_off(each, settings, compares=compares)]
    wanted = [name for name in VALUES if any(map(_NEEDED_BY[name], checks))]
    return tuple(name for name in wanted if name != "displacement" or evidence.comparison is not None)


def compute(evidence: Evidence, measures: Iterable[str]) -> dict[str, object]:
    """Return the values of some measures, by attribute; a value that cannot be computed is left out."""
    values: dict[str, object] = {}
    for attribute in (attribute for name in measures for attribute in VALUES[name]):
        try:
            values[attribute] = attrgetter(attribute)(evidence)
        except Exception as error:  # noqa: BLE001 - computed again by the engine, which makes it the outcome of a check
            print(f"{attribute} could not be computed: {type(error).__name__}: {error}")  # noqa: T201 - a task's log
    return values


def use(evidence: Evidence, values: Mapping[str, object]) -> None:
    """Set values that were computed in shards."""
    for attribute, value in values.items():
        owner, _, name = attribute.rpartition(".")
        (attrgetter(owner)(evidence) if owner else evidence).__dict__[name] = value
