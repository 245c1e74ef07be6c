"""Evidence and results for tests of causes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.checks.registry import CHECKS
from embedgate.config.settings import Settings
from embedgate.engine import evidence_of
from embedgate.judgement.result import CheckResult
from embedgate.material.space import EmbeddingSpace
from embedgate.testing import Sample, sample
from tests.retraining import retrained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from embedgate.material.playlists import Playlists
    from embedgate.measures.evidence import Evidence

SETTINGS = Settings.model_validate(
    {
        "model": {"track_separator": "-", "columns": {"user_separator": "-"}},
        "genres": {"rock": ("rock",), "rap": ("rap", "hip hop"), "jazz": ("jazz",)},
    }
)


def results(outcome: Any) -> tuple[CheckResult, ...]:
    """Return a result of every check, all with the same outcome."""
    return tuple(CheckResult(id=check.id, outcome=outcome, severity="fail", n=1) for check in CHECKS)


FAILED, INCONCLUSIVE, PASSED = results("failed"), results("inconclusive"), results("passed")


def _mixed(given: Sample) -> Sample:
    """Return a sample with its rows in random order: neighbours in the export are unrelated."""
    order = np.random.default_rng(0).permutation(len(given.keys))
    return replace(given, keys=[given.keys[row] for row in order], vectors=given.vectors[order])


SOUND = _mixed(sample())
CHAMPION = EmbeddingSpace.of(SOUND.keys, retrained(SOUND.vectors))


def evidence(
    vectors: ArrayLike | None = None,
    *,
    keys: Sequence[str] | None = None,
    playlists: Playlists | None = None,
    champion: EmbeddingSpace | None = None,
    settings: Settings = SETTINGS,
) -> Evidence:
    """Return the evidence of the sound sample, with some of its parts replaced."""
    space = EmbeddingSpace.of(SOUND.keys if keys is None else keys, SOUND.vectors if vectors is None else vectors)
    return evidence_of(space, playlists or SOUND.playlists(), settings, champion)
