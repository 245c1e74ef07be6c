"""Measure retrain bands on retrains of the same data."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from typing import TYPE_CHECKING

from embedgate.checks.registry import check_ids, check_of
from embedgate.engine import Engine, evidence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedgate.config.settings import Settings
    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.measurement import Measurement

MIN_RUNS = 3


def limits(
    retrains: Sequence[tuple[EmbeddingSpace, Playlists, TrackMetadata | None]],
    settings: Settings,
    progress: Callable[[float], object] = lambda _: None,
) -> dict[str, float]:
    """Compare every two retrains, in both directions, and return the limit of each check by its id.

    Each genre has its own limit, since some genres always vary more than others. Checks that could not be measured on
    any pair of retrains are left out.

    Args:
        retrains: space, playlists and metadata of each retrain, at least three.
        settings: quality_checks.toml.
        progress: called with the completed share.

    Raises:
        ValueError: with fewer than three retrains.
    """
    if len(retrains) < MIN_RUNS:
        raise ValueError(f"{len(retrains)} retrains show no spread: expected >= {MIN_RUNS}")
    bands = {check_id: band for check_id in check_ids(settings) if (band := check_of(check_id).band) is not None}
    by_check: dict[str, list[Measurement]] = defaultdict(list)
    pairs = list(permutations(retrains, 2))
    for done, ((space, playlists, metadata), (champion, *_)) in enumerate(pairs, 1):
        engine = Engine(evidence_of(space, playlists, settings, champion, metadata=metadata), settings)
        for check_id in bands:
            by_check[check_id].append(engine.measurement(check_id))
        progress(done / len(pairs))
    found = {check_id: bands[check_id].calibrated(measured) for check_id, measured in by_check.items()}
    return {check_id: limit for check_id, limit in found.items() if limit is not None}
