"""Regression over past champions: small losses that add up, although no retrain is much worse than the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.measures import retrieval
from embedgate.measures.measurement import Measurement, no_baseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.measures.evidence import Evidence


def regression(evidence: Evidence, champions: Sequence[tuple[str, Mapping[str, float]]]) -> Measurement:
    """Return the largest share of the best past champion's lead over chance that a measure has lost.

    Unlike the other comparisons, this one compares recorded values, each measured on the playlists of its own run.
    The hint says whether this model or the champions before it lost the larger part.

    Args:
        evidence: measurements of the model under test.
        champions: name and values, by check id, of each past champion, oldest first.
    """
    if not champions:
        return no_baseline("the history contains no champion yet")
    losses = []
    for check_id, now in _measurements(evidence).items():
        best = max(((values[check_id], name) for name, values in champions if check_id in values), default=None)
        if now.value is not None and now.null is not None and best is not None and best[0] > now.null.median:
            loss = (best[0] - now.value) / (best[0] - now.null.median)
            losses.append((loss, check_id, now.value, *best))
    if not losses:
        return no_baseline("the history contains no comparable value of a champion")
    loss, check_id, value, before, name = max(losses, key=lambda one: one[0])
    latest = next(values[check_id] for _, values in reversed(champions) if check_id in values)
    return Measurement(
        value=loss,
        n=len(losses),
        summary=f"of all {len(champions):,} past champions, {name} had the best {check_id}: {before:.3f}, now "
        f"{value:.3f}",
        hint=f"{_who_lost(value, before, latest)}: compare with that run by --gate-champion={name}",
    )


def _who_lost(value: float, best: float, latest: float) -> str:
    """Return whether this model or the champions before it lost the larger part of the best value."""
    here = latest - value
    if here >= best - latest:
        return "this model alone lost most of it"
    return f"the champions before it lost {best - latest:.3f} of it, this model {max(here, 0.0):.3f}"


def _measurements(evidence: Evidence) -> dict[str, Measurement]:
    # without the lift of same-artist neighbours: its chance level depends on the vocabulary
    return {
        "neighbours.co_listening": evidence.co_listening.measurement,
        "retrieval.hit_rate": retrieval.hit_rate(evidence.next_track),
        "retrieval.ndcg": retrieval.ndcg(evidence.next_track),
        "separation.accuracy": evidence.space_separation.accuracy,
    }
