"""The schema of a result."""

from __future__ import annotations

import json
from math import inf, isnan, nan
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from embedgate.checks.bounds import Bound, at_most
from embedgate.judgement.result import MAX_TRACKS, WORST_FIRST, CheckResult, Outcome, unit_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
RESULTS = st.builds(
    CheckResult,
    id=st.sampled_from(["duplicates.rate", "separation.space[rock]", "custom.x"]),
    outcome=st.sampled_from(get_args(Outcome)),
    severity=st.sampled_from(["fail", "warn", "off"]),
    value=st.none() | FINITE,
    interval=st.none() | st.tuples(FINITE, FINITE),
    bound=st.none()
    | st.builds(Bound, kind=st.sampled_from(["at_least", "at_most"]), limit=FINITE, source=st.just("user")),
    n=st.integers(0),
    seconds=st.floats(0, 1e6).map(lambda seconds: round(seconds, 3)),
    message=st.text(),
    tracks=st.lists(st.text(), max_size=60).map(tuple),
)
PLAIN = CheckResult(
    id="custom.x", outcome="failed", severity="fail", value=0.5, bound=at_most(0.1, "user"), tracks=("a",)
).as_json()


@given(RESULTS)
def test_json_round_trip_preserves_every_result(result: CheckResult) -> None:
    found = CheckResult.from_json(json.loads(json.dumps(result.as_json(most_tracks=None), allow_nan=False)))

    assert found.as_json(most_tracks=None) == result.as_json(most_tracks=None)
    assert (found.family, found.unit) == (result.id.partition(".")[0], unit_of(result.id))


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_nan_and_infinity_are_null_in_json(number: float) -> None:
    result = CheckResult(
        id="f.x",
        outcome="failed",
        severity="fail",
        value=number,
        interval=(number, 1.0),
        bound=at_most(number, "user"),
    )

    plain = result.as_json()

    assert (plain["value"], plain["ci"], plain["bound"]) == (None, [None, 1.0], {"at_most": None, "from": "user"})
    found = CheckResult.from_json(plain)
    assert found.value is None
    assert found.interval is not None
    assert isnan(found.interval[0])
    assert found.bound is not None
    assert isnan(found.bound.limit)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", ""),
        ("id", None),
        ("outcome", "skipped"),
        ("outcome", "PASSED"),
        ("severity", "error"),
        ("value", "0.5"),
        ("value", True),
        ("ci", [1]),
        ("ci", [1, "2"]),
        ("ci", "12"),
        ("bound", {"from": "user"}),
        ("bound", {"at_least": 1, "at_most": 2, "from": "user"}),
        ("bound", 0.5),
        ("n", 1.5),
        ("n", "1"),
        ("seconds", "1"),
        ("message", 1),
        ("tracks", "abc"),
        ("tracks", [1]),
    ],
)
def test_wrong_type_is_an_error_that_names_the_key(key: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        CheckResult.from_json({**PLAIN, key: value})

    assert caught.value.errors()[0]["loc"][0] == key


@pytest.mark.parametrize("key", ["id", "outcome", "severity"])
def test_missing_key_is_rejected(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        CheckResult.from_json({name: value for name, value in PLAIN.items() if name != key})


def test_unknown_key_is_ignored() -> None:
    assert CheckResult.from_json({**PLAIN, "added": "later"}) == CheckResult.from_json(PLAIN)


def test_list_of_tracks_is_truncated_unless_all_are_requested() -> None:
    result = CheckResult(id="f.x", outcome="failed", severity="fail", tracks=("x",) * (MAX_TRACKS + 1))

    assert [len(result.as_json(*most)["tracks"]) for most in ((), (3,), (None,))] == [MAX_TRACKS, 3, MAX_TRACKS + 1]


@pytest.mark.parametrize(
    ("check_id", "unit"),
    [("separation.space[rock]", "number"), ("duplicates.rate", "share"), ("unknown.check", "number")],
)
def test_unit_comes_from_the_registry(check_id: str, unit: str) -> None:
    """Checks that this version does not know have the default unit."""
    assert unit_of(check_id) == unit


def test_every_outcome_has_a_rank() -> None:
    assert sorted(WORST_FIRST) == sorted(get_args(Outcome))
