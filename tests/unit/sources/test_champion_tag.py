"""One champion in the end, and never none: every order of the steps of two promotions, killed at every step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedgate.errors import RunNotFound, TaggingConflict, TaggingFailed
from embedgate.sources.champion_tag import CHAMPION, SINCE, champions, mark, promote
from tests.unit.sources.interleaving import AtOnce, Memory, Program, ReadWriteReadBack, states, walks

NOW = datetime(2025, 1, 1, tzinfo=UTC)
OLD_STAMP = f"{SINCE}2024-01-01T00:00:00.000000Z"
NONE: frozenset[str] = frozenset()
BY_HAND = frozenset({CHAMPION})
STAMPED = frozenset({CHAMPION, OLD_STAMP})


def promotion(run: str, seconds: int = 0) -> Program:
    """A promotion by a clock that stands still."""
    return lambda store: promote(store, run, clock=lambda: NOW + timedelta(seconds=seconds))


def gate(run: str, seconds: int = 0) -> Program:
    """A promotion as the gate does it, with a mark."""

    def program(store: Any) -> str:
        add, remove = {"quality:passed"}, {"quality:failed"}
        return promote(store, run, add=add, remove=remove, clock=lambda: NOW + timedelta(seconds=seconds))

    return program


CASES: dict[str, tuple[dict[str, frozenset[str]], list[Program]]] = {
    "a champion, and two runs": ({"1": STAMPED, "2": NONE, "3": NONE}, [promotion("2"), promotion("3")]),
    "the older run, by the later clock": (
        {"1": STAMPED, "2": frozenset({"quality:failed"}), "3": NONE},
        [gate("2", 5), gate("3")],
    ),
    "a champion tagged by hand": ({"1": BY_HAND, "2": NONE, "3": NONE}, [promotion("2"), promotion("3")]),
    "no champion yet": ({"1": NONE, "2": NONE, "3": NONE}, [promotion("2"), promotion("3")]),
    "the same run twice": ({"1": STAMPED, "2": NONE}, [gate("2"), gate("2", 1)]),
    "two champions, left by an accident": (
        {"1": STAMPED, "2": BY_HAND, "3": NONE, "4": NONE},
        [promotion("4"), promotion("3", 1)],
    ),
}
QUICK = ("a champion, and two runs", "no champion yet", "the same run twice")


@pytest.mark.parametrize(
    ("case", "kind"),
    [*((case, AtOnce) for case in CASES), *((case, ReadWriteReadBack) for case in QUICK)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_two_promotions_at_once_leave_one_champion_and_at_no_moment_none(case: str, kind: type[Any]) -> None:
    """Whatever the order of their steps, and wherever one or both of them are killed."""
    start, programs = CASES[case]
    ends = 0

    for number, state in enumerate(states(start, programs, kind)):
        bearing = champions(state.seen)

        assert bearing or not champions(start), state
        if all(state.returned):
            ends += 1
            assert len(bearing) == 1, state
            assert bearing[0] in state.returned, state
            assert sum(tag.startswith(SINCE) for tags in state.seen.values() for tag in tags) == 1, state
        if kind is AtOnce or number % 20 == 0:
            after = Memory(state.seen)
            assert promote(after, "1") == "1", state
            assert champions(after.tags) == ["1"], state
    assert ends


def test_bringing_a_run_back_while_it_is_replaced_leaves_one_champion() -> None:
    """The old champion is promoted anew while another takes its place: exactly one in the end."""
    start = {"1": STAMPED, "2": NONE}

    ends = [
        champions(state.seen) for state in states(start, [promotion("2"), promotion("1", 1)]) if all(state.returned)
    ]

    assert ends
    assert all(len(bearing) == 1 for bearing in ends)


@pytest.mark.parametrize("kind", [AtOnce, ReadWriteReadBack])
def test_three_promotions_at_once_leave_one_champion(kind: type[Any]) -> None:
    """Three agree as two do, in some orders of the many."""
    start = {"1": STAMPED, "2": NONE, "3": NONE, "4": NONE}
    programs = [promotion("2"), promotion("3"), promotion("4")]

    for walk in walks(start, programs, kind, number=100):
        assert all(champions(state.seen) for state in walk)
        assert len(champions(walk[-1].seen)) == 1, walk[-1]


# -- one promotion alone --


def after(tags: Mapping[str, frozenset[str]], run: str, **more: Any) -> dict[str, frozenset[str]]:
    """All tags after a promotion that succeeds."""
    store = Memory(tags)
    assert promote(store, run, clock=lambda: NOW, **more) == run
    return store.tags


def test_the_tag_moves_from_whichever_runs_bear_it() -> None:
    """Other tags stay where they are, and one that only looks like a stamp is the user's own."""
    own = f"{SINCE}for ever"

    tags = after({"1": STAMPED | {"nightly"}, "2": BY_HAND | {own}, "3": frozenset({"mine"})}, "3")

    assert tags == {
        "1": frozenset({"nightly"}),
        "2": frozenset({own}),
        "3": frozenset({"mine", CHAMPION, f"{SINCE}2025-01-01T00:00:00.000000Z"}),
    }


def test_promoting_the_champion_changes_nothing() -> None:
    """Once is as good as twice, also where the tag was given by hand."""
    once = after({"1": STAMPED, "2": NONE}, "2")

    assert after(once, "2") == once
    assert after({"1": BY_HAND, "2": NONE}, "1") == {"1": BY_HAND, "2": NONE}


def test_the_mark_of_the_champion_is_set_all_the_same() -> None:
    """A champion that passes again is marked, though its tag does not move."""
    tags = after({"1": STAMPED | {"quality:failed"}}, "1", add={"quality:passed"}, remove={"quality:failed"})

    assert tags == {"1": STAMPED | {"quality:passed"}}


def test_a_clock_that_is_behind_does_not_lose() -> None:
    """The other machine's clock was an hour ahead when it promoted."""
    ahead = frozenset({CHAMPION, f"{SINCE}2025-01-01T01:00:00.000000Z"})

    assert after({"1": ahead, "2": NONE}, "2")["2"] == {CHAMPION, f"{SINCE}2025-01-01T01:00:00.000001Z"}


def test_a_run_that_has_no_room_is_refused_before_anything_changes() -> None:
    """Metaflow takes fifty tags a run; a stamp that is replaced needs no room of its own."""
    many = frozenset(f"tag {number}" for number in range(49))
    store = Memory({"1": STAMPED, "2": many})

    with pytest.raises(TaggingFailed, match=r"run 2 has 49 tags.*no room for champion, champion-since:.*--run-id 2"):
        promote(store, "2")
    assert store.tags == {"1": STAMPED, "2": many}

    full = frozenset(f"tag {number}" for number in range(48)) | STAMPED
    assert len(after({"1": full, "2": BY_HAND}, "1")["1"]) == 50


def test_a_run_that_is_not_there_is_refused() -> None:
    """It may have been deleted while it was tested."""
    with pytest.raises(RunNotFound, match="no run 9 among the 1 runs"):
        promote(Memory({"1": STAMPED}), "9")


class Forgetful(Memory):
    """Loses every change, as if somebody overwrote it each time, or says that somebody did."""

    def __init__(self, tags: Mapping[str, frozenset[str]], *, says_so: bool) -> None:
        super().__init__(tags)
        self.says_so = says_so

    def change(self, run: str, **_: Any) -> None:  # noqa: ARG002 - what is changed is of no account
        if self.says_so:
            raise TaggingConflict("too many conflicting updates")


@pytest.mark.parametrize("says_so", [True, False])
def test_tags_that_do_not_stay_are_an_error(says_so: bool) -> None:
    """The number of attempts is bounded, and the error says who bears the tag."""
    with pytest.raises(TaggingFailed, match="still not on one run alone, but on 1"):
        promote(Forgetful({"1": STAMPED, "2": NONE}, says_so=says_so), "2")
    with pytest.raises(TaggingFailed, match="still does not bear the tag 'quality:failed'"):
        mark(Forgetful({"1": NONE}, says_so=says_so), "1", add="quality:failed", remove="quality:passed")


def test_a_mark_takes_the_place_of_its_opposite() -> None:
    """And once is as good as twice."""
    store = Memory({"1": STAMPED | {"quality:passed"}, "2": frozenset({"quality:passed"})})

    for _ in range(2):
        mark(store, "1", add="quality:failed", remove="quality:passed")

    assert store.tags == {"1": STAMPED | {"quality:failed"}, "2": frozenset({"quality:passed"})}
