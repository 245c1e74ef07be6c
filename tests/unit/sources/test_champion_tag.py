"""Promotions result in one champion, in every order of their steps and if killed at any step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from embedgate.errors import RunNotFound, TaggingConflict, TaggingFailed
from embedgate.sources.champion_tag import CHAMPION, champions, move_champion, replace_tag
from tests.unit.sources.interleaving import (
    AtOnce,
    Memory,
    Program,
    ReadWriteReadBack,
    completed,
    running,
    states,
    walks,
)

NONE: frozenset[str] = frozenset()
TAGGED = frozenset({CHAMPION})


def promotion(run: str) -> Program:
    return lambda store: move_champion(store, run)


def gate(run: str) -> Program:
    """Return a promotion by the gate, which also sets a quality tag."""
    return lambda store: move_champion(store, run, add={"quality:passed"}, remove={"quality:failed"})


def promoted(tags: Mapping[str, frozenset[str]], run: str, **more: Any) -> dict[str, frozenset[str]]:
    """Return all tags after a successful promotion."""
    store: Any = Memory(tags)
    assert move_champion(store, run, **more) == run
    return dict(store.tags)


def replaced(tags: Mapping[str, frozenset[str]], run: str, **tags_of_run: str) -> dict[str, frozenset[str]]:
    """Return all tags after a tag has been replaced."""
    store: Any = Memory(tags)
    replace_tag(store, run, **tags_of_run)
    return dict(store.tags)


STARTS: dict[str, dict[str, frozenset[str]]] = {
    "one champion": {"1": TAGGED, "2": NONE, "3": NONE},
    "no champion": {"1": NONE, "2": NONE, "3": NONE},
    "two champions, left by a killed promotion": {"1": TAGGED, "2": TAGGED, "3": NONE},
    "the latest run is champion": {"1": NONE, "2": NONE, "3": TAGGED},
    "another quality tag": {"1": TAGGED, "2": frozenset({"quality:failed"}), "3": NONE},
}
PAIRS: dict[str, list[Program]] = {
    "the later runs": [gate("2"), gate("3")],
    "the earlier runs": [promotion("1"), promotion("2")],
    "the first and the last run": [promotion("1"), gate("3")],
    "the same run": [gate("2"), gate("2")],
}


# One promotion at a time


@pytest.mark.parametrize("kind", [AtOnce, ReadWriteReadBack])
@pytest.mark.parametrize("run", ["1", "2", "3"])
@pytest.mark.parametrize("start", STARTS)
def test_promotion_killed_at_any_step_leaves_a_champion(start: str, run: str, kind: type[Any]) -> None:
    """The old champion keeps its tag until the new one is tagged, and the next promotion repairs any state."""
    for state in states(STARTS[start], [gate(run)], kind):
        assert champions(state.seen) or not champions(STARTS[start]), state
        for next_run in state.seen:
            assert champions(promoted(state.seen, next_run)) == {next_run}, state
    assert champions(state.seen) == {run}


def test_tag_is_removed_from_all_other_runs_which_keep_their_other_tags() -> None:
    tags = promoted({"1": TAGGED | {"nightly"}, "2": TAGGED, "3": frozenset({"mine"})}, "3")

    assert tags == {"1": {"nightly"}, "2": NONE, "3": {"mine", CHAMPION}}


def test_promoting_the_champion_changes_nothing() -> None:
    once = promoted({"1": TAGGED, "2": NONE}, "2")

    assert promoted(once, "2") == once


def test_quality_tag_of_the_champion_is_set() -> None:
    """A champion that passes again gets the quality tag, although `champion` does not move."""
    tags = promoted({"1": TAGGED | {"quality:failed"}}, "1", add={"quality:passed"}, remove={"quality:failed"})

    assert tags == {"1": TAGGED | {"quality:passed"}}


def test_run_with_too_many_tags_is_rejected_before_anything_changes() -> None:
    """Metaflow allows fifty tags per run; a tag that replaces another does not increase the number."""
    many = frozenset(f"tag {number}" for number in range(49))
    store: Any = Memory({"1": TAGGED, "2": many})

    with pytest.raises(TaggingFailed, match=r"run 2 has 49 tags.*no room for champion, quality:passed.*--run-id 2"):
        gate("2")(store)
    assert store.tags == {"1": TAGGED, "2": many}

    full = many | {"quality:failed"}
    assert len(replaced({"1": full}, "1", add="quality:passed", remove="quality:failed")["1"]) == 50


def test_deleted_run_is_rejected() -> None:
    """The run may have been deleted during the test."""
    store: Any = Memory({"1": TAGGED})

    with pytest.raises(RunNotFound, match="no run 9 among the 1 runs"):
        move_champion(store, "9")


class Forgetful(Memory):
    """A store that loses every change, as if another process overwrote it, and may report a conflict."""

    def __init__(self, tags: Mapping[str, frozenset[str]], *, reports: bool) -> None:
        super().__init__(tags)
        self.reports = reports

    def change(self, *_: Any, **__: Any) -> None:
        if self.reports:
            raise TaggingConflict("too many conflicting updates")


@pytest.mark.parametrize("reports", [True, False])
def test_lost_tags_are_an_error(reports: bool) -> None:
    """The number of attempts is limited, and the error lists the tagged runs."""
    first: Any = Forgetful({"1": NONE, "2": NONE}, reports=reports)
    with pytest.raises(TaggingFailed, match="still not on one run alone, but on none"):
        move_champion(first, "2")

    two: Any = Forgetful({"1": TAGGED, "2": TAGGED}, reports=reports)
    with pytest.raises(TaggingFailed, match="still not on one run alone, but on 1, 2"):
        move_champion(two, "2")

    with pytest.raises(TaggingFailed, match="still not tagged 'quality:failed'"):
        replace_tag(first, "1", add="quality:failed", remove="quality:passed")


@pytest.mark.parametrize("reports", [True, False])
def test_promotion_whose_tag_is_lost_returns_the_old_champion(reports: bool) -> None:
    store: Any = Forgetful({"1": TAGGED, "2": NONE}, reports=reports)

    assert move_champion(store, "2") == "1"


def test_quality_tag_replaces_its_opposite() -> None:
    """Replacing the tag again changes nothing."""
    tags = {"1": TAGGED | {"quality:passed"}, "2": frozenset({"quality:passed"})}

    for _ in range(2):
        tags = replaced(tags, "1", add="quality:failed", remove="quality:passed")

    assert tags == {"1": TAGGED | {"quality:failed"}, "2": {"quality:passed"}}


# Concurrent promotions


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("start", STARTS)
def test_two_concurrent_promotions_result_in_one_champion(start: str, pair: str) -> None:
    """This holds in every order of steps, and one promotion reports it. If one is killed, a champion remains."""
    programs = PAIRS[pair]
    ends = 0

    for state in states(STARTS[start], programs):
        for number in running(state):
            assert champions(completed(state, number, programs[number]).seen), state
        if not running(state):
            ends += 1
            (champion,) = champions(state.seen)
            assert champion in state.returned, state
        for run in state.seen:
            assert champions(promoted(state.seen, run)) == {run}, state
    assert ends


def test_run_that_finished_last_wins_if_both_promotions_read_the_same_tags() -> None:
    """Each promotion reads the tags before the other adds its own; the following steps may have any order."""
    start, programs = STARTS["one champion"], [promotion("2"), promotion("3")]
    same = [
        state
        for state in states(start, programs)
        if all(answers and dict(answers[0]) == start for answers in state.answers)
    ]

    assert len(same) > 20
    for state in same:
        for first, second in ((0, 1), (1, 0)):
            after_one = completed(state, first, programs[first])
            assert champions(completed(after_one, second, programs[second]).seen) == {"3"}, state


@pytest.mark.parametrize("programs", [*PAIRS.values(), [promotion("1"), promotion("2"), promotion("3")]])
@pytest.mark.parametrize("kind", [AtOnce, ReadWriteReadBack])
def test_concurrent_promotions_in_random_orders_result_in_one_champion(
    kind: type[Any], programs: list[Program]
) -> None:
    """The cases include three promotions, and Metaflow's local provider, whose changes are not atomic."""
    for start in STARTS.values():
        for walk in walks(start, programs, kind, number=60):
            (champion,) = champions(walk[-1].seen)
            assert champion in walk[-1].returned, walk[-1]
