"""Results of the gate for each candidate of a world."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks.power.candidates import Candidate, Scene, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import embedgate
    from benchmarks.power.world import World

_NAMED = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The result of the gate for one candidate.

    Attributes:
        world: seed of the world.
        strata: properties of the world by which the table is split.
        kind, harmful, visible: attributes of the candidate.
        failed, warned: checks with their values.
        named: whether most of the tracks that a failed check lists are affected.
        precision, recall: of the tracks that champion.misplaced lists.
        numbers: value, interval and limit of each comparison with the champion, and of each failed check.
    """

    world: int
    strata: tuple[str, ...]
    kind: str
    harmful: bool
    visible: bool | None
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    named: bool
    precision: float | None
    recall: float | None
    numbers: dict[str, tuple[float | None, ...]]


def judge_world(draw: Callable[[int], World], seed: int) -> list[dict[str, object]]:
    """Evaluate all candidates of a world, or none if its training learns nothing from the playlists."""
    scene = Scene(draw(seed))
    if not scene.learned:
        return [{"world": seed, "unsound": scene.failures, "properties": asdict(scene.world)}]
    return [asdict(each) for each in _judged(scene)]


def _judged(scene: Scene) -> Iterator[Judged]:
    strata = _strata(scene)
    for candidate in (*scene.retrains(), *scene.faulty()):
        verdict = judge(candidate, scene, scene.config)
        precision, recall = _found(verdict, candidate)
        yield Judged(
            world=scene.world.seed,
            strata=strata,
            kind=candidate.kind,
            harmful=candidate.harmful,
            visible=candidate.visible,
            failed=tuple(map(_shown, verdict.failures)),
            warned=tuple(_shown(check) for check in verdict.checks if check.outcome == "warned"),
            named=any(_names(check, candidate) for check in verdict.failures),
            precision=precision,
            recall=recall,
            numbers={
                check.id: _numbers(check)
                for check in verdict.checks
                if check.family == "champion" or check.outcome == "failed"
            },
        )


def _strata(scene: Scene) -> tuple[str, ...]:
    world, plays = scene.world, sorted(scene.model.plays.tolist())
    median = plays[len(plays) // 2]
    found = {
        "sparse": median < 10,
        "dense": median >= 30,
        "no artists": not scene.model.catalogue.has_artists,
        "few epochs": world.epochs <= 5 and world.algorithm != "ppmi-svd",
        "other algorithm": world.algorithm != "skip-gram",
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _numbers(check: embedgate.CheckResult) -> tuple[float | None, ...]:
    low, high = check.interval or (None, None)
    return check.value, low, high, check.bound.limit if check.bound else None


def _shown(check: embedgate.CheckResult) -> str:
    value = "-" if check.value is None else f"{check.value:.4g}"
    return f"{check.id}={value}" + (" (inconclusive)" if check.outcome == "inconclusive" else "")


def _names(check: embedgate.CheckResult, candidate: Candidate) -> bool:
    inside = len(candidate.affected.intersection(check.tracks))
    return bool(check.tracks) and inside >= _NAMED * len(check.tracks)


def _found(verdict: embedgate.Verdict, candidate: Candidate) -> tuple[float | None, float | None]:
    listed = set(verdict["champion.misplaced"].tracks)
    if candidate.visible is None or not candidate.affected:
        return None, None
    hits = len(listed & candidate.affected)
    return hits / len(listed) if listed else None, hits / len(candidate.affected)
