"""The verdict of the gate flow: evaluate the joined material, promote, and fail unless the verdict is `passed`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embedgate.api import verdict_on
from embedgate.gate.promotion import settle_promotion
from embedgate.gate_flow import measured
from embedgate.gate_flow.material import graph_models, graph_queries
from embedgate.judgement.promotion import Decision, decide
from embedgate.sources.records import Promotion, RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.api import Verdict
    from embedgate.gate_flow.material import GateMaterial
    from embedgate.judgement.verdict import VerdictRecord
    from embedgate.material.neighbours import NeighbourGraph


def evaluate(material: GateMaterial, graphs: Mapping[str, NeighbourGraph], values: Mapping[str, object]) -> Verdict:
    """Evaluate all checks, with neighbour graphs and values that were computed in shards.

    Args:
        material: what was loaded.
        graphs: the graphs by name, as `graph_models` names them.
        values: the values of measures by attribute; see `measured`.
    """
    evidence = material.evidence()
    measured.use(evidence, values)
    models = graph_models(evidence)
    for name, tracks in graph_queries(evidence).items():
        models[name].use_neighbours(graphs[name], tracks)
    return verdict_on(
        evidence,
        material.tested.record,
        material.champion,
        material.config,
        compares=material.compares,
        started_at=material.started_at,
    )


def decided(verdict: VerdictRecord, *, promote: bool) -> VerdictRecord:
    """Return the verdict before the tags are changed: `pending` if the run will be promoted."""
    return (
        replace(verdict, promotion="pending") if _decision(verdict, promote=promote).action == "promote" else verdict
    )


def settle(verdict: VerdictRecord, *, promote: bool) -> tuple[VerdictRecord, str]:
    """Promote the tested run, or tag it `quality:failed`, as `--gate-promote` does.

    Returns:
        The verdict, `failed` if the tags could not be set; and a note, empty if no promotion was requested.
    """
    tested = Promotion(model=RunRecord(source="metaflow", pathspec=verdict.pathspec)) if verdict.pathspec else None
    return settle_promotion(verdict, tested, _decision(verdict, promote=promote))


def _decision(verdict: VerdictRecord, *, promote: bool) -> Decision:
    return decide(verdict.outcome, requested=promote, error_kind=verdict.error["kind"] if verdict.error else None)
