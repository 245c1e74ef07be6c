"""Whether sets of worlds differ by more than chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.power.sets import WORLDS_PER_SET, p_value, side_by_side
from benchmarks.power.targets import Row, stopped


def line(world: int, *, fails: bool) -> dict[str, Any]:
    return {
        "world": world,
        "kind": "seed",
        "harmful": False,
        "visible": None,
        "strata": ["sparse"],
        "failed": ["x"] if fails else [],
        "warned": [],
        "usual": [],
        "named": False,
        "precision": None,
    }


def row(lines: list[dict[str, Any]]) -> Row:
    return Row(text="stopped", lines=lines, holds=stopped, share=0.01, at_most=True)


def test_sets_that_differ_have_a_small_p_value() -> None:
    lines = [line(WORLDS_PER_SET * number + world, fails=number == 1) for number in (0, 1) for world in range(12)]

    assert p_value(row(lines)) < 0.001


def test_p_value_is_uniform_if_the_sets_do_not_differ() -> None:
    """One world with many stopped candidates is one observation, not many."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(40):
        stops = rng.random(24) < 0.3
        lines = [
            line(WORLDS_PER_SET * (world % 2) + world, fails=bool(stops[world]))
            for world in range(24)
            for _ in range(9)
        ]
        found.append(p_value(row(lines)))

    assert np.mean(np.array(found) <= 0.1) <= 0.2
    assert np.mean(found) == pytest.approx(0.6, abs=0.2)  # ties count as extreme


def test_one_set_is_not_compared() -> None:
    lines = [line(world, fails=False) for world in range(5)]

    assert p_value(row(lines)) == 1.0
    assert side_by_side(lines, ["sparse"]) == []


def test_table_names_the_development_set_and_the_final_sets() -> None:
    lines = [line(WORLDS_PER_SET * number + world, fails=False) for number in (0, 9) for world in range(3)]

    table = side_by_side(lines, ["sparse"])

    assert "| target | development | set 9 | p |" in table
    assert any(each.startswith("| harmless candidates: stopped | 0.0% of 3 | 0.0% of 3 | 1.000 |") for each in table)
