"""A slow slide: each retrain just as good as the last, and the last far worse than the best there was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.measures import retrieval
from embedgate.measures.measurement import Measurement, no_baseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.measures.evidence import Evidence


def regression(evidence: Evidence, champions: Sequence[tuple[str, Mapping[str, float]]]) -> Measurement:
    """The largest share of the best champion's lead over chance that a measure has lost.

    Unlike the other comparisons this one is of values alone, each on the playlists of its own time.

    Args:
        evidence: measurements of the model under test.
        champions: name and values, by check id, of each model that was champion.
    """
    if not champions:
        return no_baseline("the history holds no champion yet")
    worst, compared = None, 0
    for check_id, now in _measured(evidence).items():
        best = max(((values[check_id], name) for name, values in champions if check_id in values), default=None)
        if now.value is None or now.null is None or best is None or best[0] <= now.null.median:
            continue
        compared += 1
        lost = (best[0] - now.value) / (best[0] - now.null.median)
        if worst is None or lost > worst[0]:
            worst = lost, check_id, now.value, *best
    if worst is None:
        return no_baseline("the history holds no value of a champion that could be compared")
    lost, check_id, value, before, name = worst
    return Measurement(
        value=lost,
        n=compared,
        summary=f"of all champions so far ({len(champions):,}), {name} had the best {check_id}: {before:.3f}, "
        f"now {value:.3f}",
        hint="no retrain was much worse than the one before, and together they are: compare with that run by "
        f"--gate-champion={name}",
    )


def _measured(evidence: Evidence) -> dict[str, Measurement]:
    # the lift of same-artist neighbours is left out: it is a multiple of a chance that each vocabulary sets anew
    return {
        "neighbours.co_listening": evidence.co_listening.measurement,
        "retrieval.hit_rate": retrieval.hit_rate(evidence.next_track),
        "retrieval.ndcg": retrieval.ndcg(evidence.next_track),
        "separation.accuracy": evidence.space_separation.accuracy,
    }
