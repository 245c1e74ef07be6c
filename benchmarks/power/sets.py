"""Targets of several sets of worlds side by side, and whether the sets differ by more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.power.targets import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.power.targets import Line, Row

WORLDS_PER_SET = 1_000_000
"""Difference of the seeds of two sets of worlds."""
_PERMUTATIONS = 9_999


def side_by_side(judged: Sequence[Line], strata: Sequence[str]) -> list[str]:
    """Return the targets of each set of worlds, side by side, if there are several sets."""
    numbers = sorted({_set_of(line) for line in judged})
    if len(numbers) < 2:
        return []
    sets = [rows([line for line in judged if _set_of(line) == each], strata) for each in numbers]
    names = ("development" if each == 0 else f"set {each}" for each in numbers)
    found = [(row, p_value(row)) for row in rows(judged, strata)]
    smallest = min((p for _, p in found), default=1.0)
    return [
        "\n## Targets by set\n",
        f"| target | {' | '.join(names)} | p |",
        f"| --- |{' --- |' * (len(numbers) + 1)}",
        *(
            f"| {row.text} | {' | '.join(f'{part.found} of {len(part.lines)}' for part in parts)} | {p:.3f} |"
            for (row, p), *parts in zip(found, *sets, strict=True)
        ),
        f"\nSmallest p: {smallest:.3f}. Below {0.05 / len(found):.4f}, sets differ by more than chance (Bonferroni).",
    ]


def p_value(row: Row) -> float:
    """Return how often sets of worlds differ as much by chance: a permutation of whole worlds over the sets.

    The candidates of a world are not independent. The statistic is the sum over the sets of n times the squared
    difference of the set's share from that of all.
    """
    worlds = sorted({line["world"] for line in row.lines})
    number = {world: position for position, world in enumerate(worlds)}
    of_line = np.array([number[line["world"]] for line in row.lines], dtype=np.intp)
    counts = np.bincount(of_line, np.array([row.holds(line) for line in row.lines], dtype=float)).astype(float)
    sizes = np.bincount(of_line).astype(float)
    labels = np.unique([world // WORLDS_PER_SET for world in worlds], return_inverse=True)[1]
    if not labels.any():
        return 1.0
    drawn = np.random.default_rng(0).permuted(np.tile(labels, (_PERMUTATIONS, 1)), axis=1)
    observed, by_chance = _spread(counts, sizes, labels[None])[0], _spread(counts, sizes, drawn)
    return float(1 + (by_chance >= observed * (1 - 1e-9)).sum()) / (1 + _PERMUTATIONS)


def _spread(counts: NDArray[np.float64], sizes: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the statistic for each assignment of the worlds to sets, shape (m,); labels have the shape (m, w)."""
    share, spread = counts.sum() / sizes.sum(), np.zeros(len(labels))
    for each in range(int(labels.max()) + 1):
        inside = labels == each
        n = inside @ sizes
        spread += n * (inside @ counts / n - share) ** 2
    return spread


def _set_of(line: Line) -> int:
    return int(line["world"]) // WORLDS_PER_SET
