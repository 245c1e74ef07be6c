"""Bands from retrains of the same data: how far is one from another, where nothing is wrong."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING

from embedgate.judgement.against_champion import measured
from embedgate.judgement.checks import check_of
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.measures.comparison import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.config import Settings
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.measurement import Measurement

FEWEST_RUNS = 3


def limits(
    retrains: Sequence[tuple[EmbeddingSpace, Playlists]],
    settings: Settings,
    progress: Callable[[float], object] = lambda _: None,
) -> dict[str, float]:
    """Compare each retrain with each other, both ways, and return the limit of each check that could be measured.

    Each genre has a limit of its own: some are always less settled than others.

    Args:
        retrains: space and playlists of each, three at least.
        settings: quality_checks.toml.
        progress: called with the share that is done.

    Raises:
        ValueError: with fewer than three retrains, which show no spread.
    """
    if len(retrains) < FEWEST_RUNS:
        raise ValueError(f"{len(retrains)} retrains show no spread: {FEWEST_RUNS} are needed")
    by_check: dict[str, list[Measurement]] = defaultdict(list)
    pairs = list(permutations(retrains, 2))
    for done, ((space, playlists), (champion, _)) in enumerate(pairs, 1):
        model = ModelUnderTest.configured(space, playlists, settings)
        comparison = Comparison(ModelPair(model, champion), settings.duplicates.cosine)
        for check_id, _, found in measured(comparison, settings):
            by_check[check_id].append(found)
        progress(done / len(pairs))
    found_limits = {}
    for check_id, found_all in by_check.items():
        band = check_of(check_id).band
        limit = band.calibrated(found_all) if band is not None else None
        if limit is not None:
            found_limits[check_id] = limit
    return found_limits
