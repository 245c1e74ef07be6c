"""Bounds: comparisons and JSON."""

from __future__ import annotations

import json
from math import inf, isfinite, isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.checks.bounds import Bound, at_least, at_most

BOUNDS = st.builds(
    Bound,
    kind=st.sampled_from(["at_least", "at_most"]),
    limit=st.floats(),
    source=st.sampled_from(["user", "null", "champion"]),
    constant=st.booleans(),
    looser_than_chance=st.booleans(),
)


@given(BOUNDS)
def test_json_round_trip_preserves_every_bound(bound: Bound) -> None:
    """JSON has no infinity and no NaN: such a limit is read back as NaN."""
    found = Bound.from_json(json.loads(json.dumps(bound.as_json(), allow_nan=False)))

    assert (found.kind, found.source, found.constant, found.looser_than_chance) == (
        bound.kind,
        bound.source,
        bound.constant,
        bound.looser_than_chance,
    )
    assert found.limit == bound.limit if isfinite(bound.limit) else isnan(found.limit)


@pytest.mark.parametrize(
    ("bound", "plain"),
    [
        (at_least(0.5, "user"), {"at_least": 0.5, "from": "user"}),
        (at_most(0, "null", constant=True), {"at_most": 0.0, "from": "null", "constant": True}),
        (at_most(inf, "champion"), {"at_most": None, "from": "champion"}),
        (
            Bound("at_least", 0.1, "user", looser_than_chance=True),
            {"at_least": 0.1, "from": "user", "looser_than_chance": True},
        ),
    ],
)
def test_json_contains_flags_only_if_they_are_set(bound: Bound, plain: dict[str, Any]) -> None:
    assert bound.as_json() == plain


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"from": "user"},
        {"at_least": 1},
        {"at_least": 1, "at_most": 2, "from": "user"},
        {"at_least": 1, "from": "me"},
        {"at_least": "1", "from": "user"},
        {"at_least": [1], "from": "user"},
        {"at_least": True, "from": "user"},
    ],
    ids=str,
)
def test_invalid_bound_is_rejected(plain: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a bound needs"):
        Bound.from_json(plain)


def test_flag_that_is_not_boolean_is_rejected() -> None:
    with pytest.raises(ValueError, match="true or false"):
        Bound.from_json({"at_least": 1, "from": "user", "constant": "yes"})


@given(limit=st.floats(allow_nan=False), value=st.floats(allow_nan=False))
def test_value_equal_to_the_limit_meets_the_bound(limit: float, value: float) -> None:
    assert at_least(limit, "user").holds(value) == (value >= limit)
    assert at_most(limit, "user").holds(value) == (value <= limit)


@pytest.mark.parametrize("bound", [at_least(0, "user"), at_most(0, "user"), at_least(nan, "user")])
def test_nan_meets_no_bound(bound: Bound) -> None:
    assert not bound.holds(nan)


@pytest.mark.parametrize(
    ("bound", "interval", "broken"),
    [
        (at_least(0.5, "user"), (0.1, 0.4), True),
        (at_least(0.5, "user"), (0.1, 0.5), False),
        (at_most(0.5, "user"), (0.6, 0.9), True),
        (at_most(0.5, "user"), (0.5, 0.9), False),
    ],
)
def test_bound_is_surely_broken_if_the_whole_interval_is_outside(
    bound: Bound, interval: tuple[float, float], *, broken: bool
) -> None:
    assert bound.surely_broken(interval) is broken


@pytest.mark.parametrize(
    ("bound", "other", "stricter"),
    [
        (at_least(0.5, "user"), at_least(0.4, "user"), True),
        (at_least(0.5, "user"), at_least(0.5, "user"), False),
        (at_most(0.5, "user"), at_most(0.6, "user"), True),
        (at_most(0.5, "user"), at_least(0.6, "user"), False),
    ],
)
def test_stricter_bound_rejects_a_value_that_the_other_accepts(bound: Bound, other: Bound, *, stricter: bool) -> None:
    assert bound.stricter_than(other) is stricter
