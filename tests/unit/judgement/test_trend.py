"""Trends: which gate runs and values they contain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from embedgate.judgement.records import Record, RecordedVerdict, from_json
from embedgate.judgement.trend import LAST, same_model, trends, window

START = datetime(2026, 1, 1, tzinfo=UTC)
ALL = ("map.faithfulness", "geometry.collapse", "vocabulary.size", "custom.mine")
CHAMPION = {"source": "metaflow", "pathspec": "F/1"}


def check(value: float, check_id: str = "x.y", **more: Any) -> dict[str, Any]:
    return {"id": check_id, "outcome": "passed", "severity": "fail", "value": value, **more}


def record(number: int, *, flow: str = "F", ids: tuple[str, ...] = ALL, **more: Any) -> RecordedVerdict:
    """Return the verdict on run `number` of a flow, in which every value is that number."""
    source, pathspec = ("metaflow", f"{flow}/{number}") if flow else ("files", "v.kv")
    plain = {
        "schema": 1,
        "kind": "verdict",
        "at": START + timedelta(hours=number),
        "verdict": "passed",
        "run": {"source": source, "pathspec": pathspec},
        "checks": [check(float(number), each) for each in ids],
        **more,
    }
    return cast("RecordedVerdict", from_json(plain))


def runs(verdicts: list[RecordedVerdict]) -> list[str]:
    return [each.pathspec for each in verdicts]


def test_window_contains_the_last_runs_and_ends_with_the_latest() -> None:
    records: list[Record] = [record(number) for number in range(30)]

    assert runs(window(records, record(30))) == [f"F/{number}" for number in range(31 - LAST, 31)]
    assert runs(window(records, record(30), 2)) == ["F/29", "F/30"]
    assert runs(window(records, record(30), 1)) == ["F/30"]
    assert runs(window([], record(30))) == ["F/30"]


def test_window_leaves_out_other_flows_files_and_verdicts_without_a_run() -> None:
    records: list[Record] = [record(0), record(1, flow="G"), record(2, flow=""), record(3, run=None), record(4)]

    assert runs(window(records, record(5))) == ["F/0", "F/4", "F/5"]
    assert runs(window(records, record(5, flow=""))) == ["v.kv", "v.kv"]


def test_files_tested_with_the_same_config_are_one_model() -> None:
    """Files have no flow, but two models in one folder have different configs."""
    ours, theirs = record(1, flow="", config="ours.toml"), record(2, flow="", config="theirs.toml")

    assert same_model(ours, record(3, flow="", config="ours.toml"))
    assert not same_model(ours, theirs)
    assert same_model(record(1, config="ours.toml"), record(2, config="theirs.toml"))


def test_window_leaves_out_runs_of_a_few_checks() -> None:
    """If the latest run measured few checks itself, they are included."""
    few = [record(number, ids=ALL[:1]) for number in range(2, 8)]
    records: list[Record] = [record(0), record(1), *few]

    assert runs(window(records, record(8), 3)) == ["F/0", "F/1", "F/8"]
    assert runs(window(records, record(8, ids=ALL[:1]), 3)) == ["F/6", "F/7", "F/8"]


@pytest.mark.parametrize(
    ("champion", "expected"),
    [
        ("F/1", ["F/1", "F/4", "F/5", "F/6"]),
        ("F/5", ["F/4", "F/5", "F/6"]),
        ("F/404", ["F/4", "F/5", "F/6"]),
    ],
)
def test_champion_older_than_the_window_is_added_first(champion: str, expected: list[str]) -> None:
    records: list[Record] = [record(number) for number in range(6)]

    assert runs(window(records, record(6, champion={**CHAMPION, "pathspec": champion}), 3)) == expected


def test_trend_has_a_point_for_each_run_that_measured_the_check() -> None:
    verdicts = [
        record(0),
        record(1, ids=ALL[1:]),
        record(2, checks=[check(7.0, ALL[0], outcome="failed")]),
        record(3, promoted=True),
    ]
    by_hand = from_json({"schema": 1, "kind": "promotion", "run": "F/2", "at": START})

    found = trends(verdicts, [*verdicts, by_hand])

    assert [each.id for each in found] == list(ALL)
    assert [point and (point.value, point.broken, point.champion) for point in found[0].points] == [
        (0.0, False, False),
        None,
        (7.0, True, True),
        (3.0, False, True),
    ]
    assert found[0].values == [0.0, 7.0, 3.0]


def test_champion_of_the_latest_run_is_marked_without_a_record_of_its_promotion() -> None:
    """The champion may have been tagged before the first record."""
    verdicts = [record(0), record(1), record(2, champion={**CHAMPION, "pathspec": "F/0"})]

    assert [point and point.champion for point in trends(verdicts, verdicts)[0].points] == [True, False, False]


@pytest.mark.parametrize(
    ("bound", "limit", "sign"),
    [
        (None, None, "≤"),
        ({"at_least": 0.5, "from": "user"}, 0.5, "≥"),
        ({"at_most": 0.0, "from": "null"}, 0.0, "≤"),
        ({"at_most": None, "from": "user"}, None, "≤"),
    ],
)
def test_bound_of_a_trend_is_that_of_the_latest_run(bound: Any, limit: float | None, sign: str) -> None:
    """An infinite limit, which is null in JSON, counts as no limit."""
    earlier = record(0, checks=[check(1.0, bound={"at_least": 9, "from": "user"})])
    latest = record(1, checks=[check(2.0, bound=bound)])

    (found,) = trends([earlier, latest], [])

    assert (found.limit, found.sign) == (limit, sign)


def test_scale_is_at_least_as_wide_as_the_latest_interval() -> None:
    verdicts = [record(number, checks=[check(0.5 + 0.02 * number, ci=[0.4, 0.6])]) for number in (0, 1)]

    (found,) = trends(verdicts, [])

    assert found.scale == pytest.approx((0.41, 0.61))
    assert found.varies


def test_scale_spans_two_percent_of_the_value_without_an_interval() -> None:
    (found,) = trends([record(0, checks=[check(0.5)])], [])

    assert found.scale == pytest.approx((0.495, 0.505))
    assert not found.varies
