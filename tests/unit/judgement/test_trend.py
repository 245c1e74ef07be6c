"""Which gate runs a trend shows, and what of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedgate.judgement.records import PromotionRecord, Record, RecordedVerdict
from embedgate.judgement.result import unit_of
from embedgate.judgement.trend import LAST, same_model, trends, window

START = datetime(2026, 1, 1, tzinfo=UTC)
FULL = ("map.faithfulness", "geometry.collapse", "vocabulary.size", "custom.mine")


def record(number: int, *, flow: str = "F", ids: tuple[str, ...] = FULL, **more: Any) -> RecordedVerdict:
    """The verdict on run `number` of a flow, whose values are its number."""
    source, pathspec = ("metaflow", f"{flow}/{number}") if flow else ("files", "v.kv")
    return RecordedVerdict.model_validate(
        {
            "schema": 1,
            "kind": "verdict",
            "at": START + timedelta(hours=number),
            "verdict": "passed",
            "run": {"source": source, "pathspec": pathspec},
            "checks": [{"id": each, "outcome": "passed", "value": float(number)} for each in ids],
            **more,
        }
    )


def runs(verdicts: list[RecordedVerdict]) -> list[str]:
    """What they tested."""
    return [each.run.pathspec if each.run else "" for each in verdicts]


def test_a_window_ends_with_the_latest() -> None:
    """The last runs of the flow, oldest first; a longer history is left alone."""
    records: list[Record] = [record(number) for number in range(30)]

    assert runs(window(records, record(30))) == [f"F/{number}" for number in range(31 - LAST, 31)]
    assert runs(window(records, record(30), 2)) == ["F/29", "F/30"]
    assert runs(window(records, record(30), 1)) == ["F/30"]
    assert runs(window([], record(30))) == ["F/30"]


def test_runs_of_other_models_are_not_mixed_in() -> None:
    """Neither those of other flows, nor files, nor verdicts on no run at all."""
    records: list[Record] = [record(0), record(1, flow="G"), record(2, flow=""), record(3, run=None), record(4)]

    assert runs(window(records, record(5))) == ["F/0", "F/4", "F/5"]
    assert runs(window(records, record(5, flow=""))) == ["v.kv", "v.kv"]


def test_files_are_of_one_model_by_their_config() -> None:
    """Files have no flow: two models in one folder have a config each."""
    ours, theirs = record(1, flow="", config="ours.toml"), record(2, flow="", config="theirs.toml")

    assert same_model(ours, record(3, flow="", config="ours.toml"))
    assert not same_model(ours, theirs)
    assert same_model(record(1, config="ours.toml"), record(2, config="theirs.toml"))


def test_who_tries_one_check_out_moves_no_window() -> None:
    """Runs that measured little are left out, unless the latest measured no more."""
    tried = [record(number, ids=FULL[:1]) for number in range(2, 8)]
    records: list[Record] = [record(0), record(1), *tried]

    assert runs(window(records, record(8), 3)) == ["F/0", "F/1", "F/8"]
    assert runs(window(records, record(8, ids=FULL[:1]), 3)) == ["F/6", "F/7", "F/8"]


def test_a_champion_stands_in_every_window() -> None:
    """It comes first where it has left, once, and not at all where the history does not know it."""
    records: list[Record] = [record(number) for number in range(6)]
    champion = {"source": "metaflow", "pathspec": "F/1"}

    assert runs(window(records, record(6, champion=champion), 3)) == ["F/1", "F/4", "F/5", "F/6"]
    assert runs(window(records, record(6, champion=champion | {"pathspec": "F/5"}), 3)) == ["F/4", "F/5", "F/6"]
    assert runs(window(records, record(6, champion=champion | {"pathspec": "F/404"}), 3)) == ["F/4", "F/5", "F/6"]


def test_a_trend_has_a_point_a_run_and_a_gap_where_nothing_was_measured() -> None:
    """Values, broken bounds and champions stand where they belong."""
    broken = {"id": FULL[0], "outcome": "failed", "value": 7.0}
    verdicts = [record(0), record(1, ids=FULL[1:]), record(2, checks=[broken]), record(3, promoted=True)]
    by_hand = PromotionRecord.model_validate({"schema": 1, "kind": "promotion", "run": "F/2", "at": START})
    found = trends(verdicts, [*verdicts, by_hand])

    assert [each.id for each in found] == list(FULL)
    assert [point and (point.value, point.broken, point.champion) for point in found[0].points] == [
        (0.0, False, False),
        None,
        (7.0, True, True),
        (3.0, False, True),
    ]
    assert found[0].values == [0.0, 7.0, 3.0]


def test_the_champion_of_the_latest_is_marked_though_nothing_says_how_it_became_one() -> None:
    """Its tag may be older than the history."""
    verdicts = [record(0), record(1), record(2, champion={"source": "metaflow", "pathspec": "F/0"})]

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
def test_the_bound_is_that_of_the_latest(bound: Any, limit: float | None, sign: str) -> None:
    """An infinite one, which JSON does not have, is none."""
    earlier = record(0, checks=[{"id": "x.y", "outcome": "passed", "value": 1.0, "bound": {"at_least": 9}}])
    latest = record(1, checks=[{"id": "x.y", "outcome": "passed", "value": 2.0, "bound": bound}])
    (found,) = trends([earlier, latest], [])

    assert found.limit == limit
    assert limit is None or found.sign == sign


def test_a_scale_is_no_narrower_than_the_doubt() -> None:
    """A move within the interval of the last value looks small; without an interval, one of a hundredth does."""
    checks = [{"id": "x.y", "outcome": "passed", "value": value, "ci": [0.4, 0.6]} for value in (0.50, 0.52)]
    (sure,) = trends([record(0, checks=checks[:1]), record(1, checks=checks[1:])], [])
    (still,) = trends([record(0, ids=FULL[:1], checks=[{**checks[0], "ci": None}])], [])

    assert sure.scale == pytest.approx((0.41, 0.61))
    assert sure.moves
    assert still.scale == pytest.approx((0.495, 0.505))
    assert not still.moves


def test_a_check_that_is_gone_is_a_number() -> None:
    """A record of a version that knew other checks can be shown."""
    assert unit_of("separation.space[rock]") == "number"
    assert unit_of("duplicates.rate") == "share"
    assert unit_of("forgotten.check") == "number"
