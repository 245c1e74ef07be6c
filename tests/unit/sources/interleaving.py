"""Enumerate the orders in which the steps of several programs can run, and the resulting states.

A program is a function of a store. For each step the program is run again from its start with the recorded answers,
until it makes a new call to the store, which is its next step. No threads are needed, and every order is reachable.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from embedgate.errors import TaggingConflict

Tags = Mapping[str, frozenset[str]]
Program = Callable[[Any], str]


class Paused(BaseException):
    """The program has reached a step that must not run yet."""


@dataclass(frozen=True)
class State:
    """All tags, and for each program the answers of the store and the returned value."""

    tags: tuple[tuple[str, frozenset[str]], ...]
    answers: tuple[tuple[Any, ...], ...]
    returned: tuple[str | None, ...]

    @property
    def seen(self) -> dict[str, frozenset[str]]:
        return dict(self.tags)


class _Replay:
    """A store that repeats recorded answers, runs one step, and pauses at the next step."""

    def __init__(self, tags: Tags, answers: tuple[Any, ...]) -> None:
        self.tags = dict(tags)
        self.answers = list(answers)
        self._known = len(answers)
        self._at = 0

    def step(self, act: Callable[[], Any]) -> Any:
        if self._at == len(self.answers):
            if self._at > self._known:
                raise Paused
            self.answers.append(act())
        self._at += 1
        return self.answers[self._at - 1]

    def read(self) -> Tags:
        return dict(self.step(lambda: tuple(sorted(self.tags.items()))))

    def latest(self, runs: Collection[str]) -> str:
        return max(runs)


class AtOnce(_Replay):
    """A store like a metadata service, in which a change is one step."""

    def change(self, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        def act() -> None:
            self.tags[run] = (self.tags[run] - set(remove)) | set(add)

        self.step(act)


class ReadWriteReadBack(_Replay):
    """A store like Metaflow's local provider: runs are read one by one; a change reads, writes and reads back."""

    tries = 2

    def read(self) -> Tags:
        return {run: self._read_one(run) for run in sorted(self.tags)}

    def change(self, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        for _ in range(self.tries):
            before = self._read_one(run)
            after = (before - set(remove)) | set(add)
            if after == before:
                return
            self.step(partial(self.tags.__setitem__, run, after))
            found = self._read_one(run)
            if not set(add) - found and not (set(remove) & found) - set(add):
                return
        raise TaggingConflict("too many conflicting updates")

    def _read_one(self, run: str) -> frozenset[str]:
        found: frozenset[str] = self.step(lambda: self.tags[run])
        return found


class Memory(AtOnce):
    """A store for a single program, which never pauses."""

    def __init__(self, tags: Tags) -> None:
        super().__init__(tags, ())

    def step(self, act: Callable[[], Any]) -> Any:
        return act()


def states(start: Tags, programs: list[Program], kind: type[Any] = AtOnce) -> Iterator[State]:
    """Yield every reachable state once, starting with the initial state."""
    first = _first(start, programs)
    todo, known = [first], {first}
    while todo:
        state = todo.pop()
        yield state
        for number in running(state):
            after = _advance(state, number, programs[number], kind)
            if after not in known:
                known.add(after)
                todo.append(after)


def walks(start: Tags, programs: list[Program], kind: type[Any], number: int) -> Iterator[list[State]]:
    """Yield random orders, each as the list of its states."""
    rng = random.Random(0)  # noqa: S311 - orders, not secrets
    for _ in range(number):
        walk = [_first(start, programs)]
        while unfinished := running(walk[-1]):
            chosen = rng.choice(unfinished)
            walk.append(_advance(walk[-1], chosen, programs[chosen], kind))
        yield walk


def completed(state: State, number: int, program: Program, kind: type[Any] = AtOnce) -> State:
    """Return the state after one program has completed, while the others take no further step."""
    while state.returned[number] is None:
        state = _advance(state, number, program, kind)
    return state


def running(state: State) -> list[int]:
    """Return the numbers of the programs that have not returned."""
    return [number for number, returned in enumerate(state.returned) if returned is None]


def _first(start: Tags, programs: list[Program]) -> State:
    return State(tuple(sorted(start.items())), ((),) * len(programs), (None,) * len(programs))


def _advance(state: State, number: int, program: Program, kind: type[Any]) -> State:
    store = kind(state.seen, state.answers[number])
    returned = None
    with contextlib.suppress(Paused):
        returned = program(store)
    answers, ends = list(state.answers), list(state.returned)
    answers[number], ends[number] = (tuple(store.answers) if returned is None else ()), returned
    return State(tuple(sorted(store.tags.items())), tuple(answers), tuple(ends))
