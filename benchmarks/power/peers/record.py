"""Answers of embedgate and of its peers for each candidate of a world."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import embedgate
from benchmarks.power.candidates import Scene, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.power.candidates import Candidate
    from benchmarks.power.peers.environments import Environment
    from benchmarks.power.world import World


def ask_about_world(
    draw: Callable[[int], World], seed: int, environments: Sequence[Environment], seconds: float
) -> list[dict[str, Any]]:
    """Return a line per candidate and detector, or one line if the champion has learned nothing.

    Args:
        draw: return the world of a seed.
        seed: seed of the world.
        environments: peers that are installed.
        seconds: time limit per candidate and peer.
    """
    scene = Scene(draw(seed))
    if not scene.learned:
        return [{"world": seed, "unsound": scene.failures, "properties": asdict(scene.world)}]
    return list(_answers(scene, environments, seconds))


def _answers(scene: Scene, environments: Sequence[Environment], seconds: float) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        runners = [stack.enter_context(environment.runner(seconds)) for environment in environments]
        champion, changed = folder / "champion.npy", folder / "candidate.npy"
        for candidate in (*scene.retrains(), *scene.faulty()):
            about = {
                "world": scene.world.seed,
                "kind": candidate.kind,
                "harmful": candidate.harmful,
                "visible": candidate.visible,
            }
            yield {**about, "detector": "embedgate", "version": embedgate.__version__, **_gate(candidate, scene)}
            _write(candidate, scene, champion, changed)
            for environment, runner in zip(environments, runners, strict=True):
                peer = environment.peer
                answer = runner.ask(champion, changed)
                yield {**about, "detector": peer.name, "version": peer.version, **answer}


def _gate(candidate: Candidate, scene: Scene) -> dict[str, Any]:
    """Return the answer of embedgate in the form of a peer's; the score is the number of failed checks."""
    started = perf_counter()
    failed = len(judge(candidate, scene, scene.config).failures)
    return {"alarm": bool(failed), "score": failed, "seconds": perf_counter() - started, "error": None}


def _write(candidate: Candidate, scene: Scene, champion: Path, changed: Path) -> None:
    """Write the vectors of the tracks that both models have, in the same order."""
    old, new = scene.champion, candidate.space
    shared = [key for key in new.keys if key in old.row_of]
    np.save(champion, old.vectors[[old.row_of[key] for key in shared]])
    np.save(changed, new.vectors[[new.row_of[key] for key in shared]])
