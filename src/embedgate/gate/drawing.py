"""The figures of the report, drawn once, when every result exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from embedgate.report import html
from embedgate.report.live_map import in_page, map_payload, with_blame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedgate.judgement.result import CheckResult
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence

_NOT_MEASURED = ("off", "not_run")


class Drawn(NamedTuple):
    """The figures of a gate run.

    Attributes:
        figures: of each family, as safe fragments of HTML, without the map's.
        picture: the map with its data, as a safe fragment; empty if there is none.
        notes: what could not be drawn.
    """

    figures: Mapping[str, str]
    picture: str
    notes: Sequence[str]


def draw(evidence: Evidence, champion: EmbeddingSpace | None, results: Sequence[CheckResult]) -> Drawn:
    """Draw the figures of each family of which a check was evaluated.

    Args:
        evidence: the measurements of the model under test.
        champion: the vectors that were compared with; None if there were none.
        results: all results.
    """
    families = dict.fromkeys(result.family for result in results if result.outcome not in _NOT_MEASURED)
    drawn = {family: html.figures(family, evidence, results) for family in families}
    figures = {family: fragment for family, (fragment, _) in drawn.items()}
    notes = [note for _, note in drawn.values() if note]
    picture = figures.pop("map", "")
    if picture:
        picture, note = _living(picture, evidence, champion, results)
        notes += [note] if note else []
    return Drawn(figures, picture, notes)


def _living(
    picture: str, evidence: Evidence, champion: EmbeddingSpace | None, results: Sequence[CheckResult]
) -> tuple[str, str]:
    """Put the map's data beside its picture; if that fails, keep the picture and say why."""
    try:
        faithfulness = evidence.faithfulness
        objection = faithfulness.problem if faithfulness is not None else ""
        payload = map_payload(evidence.model, champion, objection=objection)
        return (picture if payload is None else in_page(with_blame(payload, results), picture)), ""
    except Exception as error:  # noqa: BLE001 - a map that cannot be made must not cost the report
        return picture, f"the live map could not be made: {type(error).__name__}: {error}"
