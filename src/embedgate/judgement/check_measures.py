"""Which measure each check has: the one table from check ids to measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedgate.judgement.bounds import Bound, at_least
from embedgate.measures import champion, duplicates, geometry, integrity, retrieval, separation, vocabulary
from embedgate.measures.known_tracks import known_rate
from embedgate.measures.map_faithfulness import map_faithfulness
from embedgate.measures.measurement import Measurement, not_applicable, without_baseline
from embedgate.measures.past_champions import regression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from embedgate.config import Settings
    from embedgate.measures.evidence import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class CheckInput:
    """What the measure of a check may ask for.

    Attributes:
        evidence: the measurements of the model under test that checks share.
        settings: quality_checks.toml.
        past_champions: return the name and the values, by check id, of each earlier champion, oldest first.
    """

    evidence: Evidence
    settings: Settings
    past_champions: Callable[[], Sequence[tuple[str, Mapping[str, float]]]]


def measure(check_id: str, subject: object, given: CheckInput) -> Measurement:
    """Measure one check.

    Args:
        check_id: without a slug.
        subject: what the check is repeated over: a genre, a pair of genres, the slug of a known track; None for
            the case that stands for an empty list.
        given: the input.

    Raises:
        KeyError: if no shipped check has that id.
    """
    compare = champion.MEASURES.get(check_id)
    if compare is None:
        return _MEASURES[check_id](given, subject)
    comparison = given.evidence.comparison
    if comparison is None:
        return without_baseline("there is no champion yet")
    return compare(comparison, subject if isinstance(subject, str) else None)


def own_bound(check_id: str, subject: object, given: CheckInput) -> Bound | None:
    """Return the bound that the subject of a check brings along: the hits that a known track needs."""
    if check_id != "neighbours.known" or subject is None:
        return None
    return at_least(given.evidence.known_results[str(subject)].needed, "user")


def _known(given: CheckInput, subject: object) -> Measurement:
    if subject is None:
        return not_applicable("no known track is configured")
    return given.evidence.known_results[str(subject)].measurement


_MEASURES: Mapping[str, Callable[[CheckInput, Any], Measurement]] = {
    "integrity.finite": lambda given, _: integrity.non_finite_rows(given.evidence.model.space),
    "integrity.zero_rows": lambda given, _: integrity.zero_rows(given.evidence.model.space),
    "integrity.repeated_keys": lambda given, _: integrity.repeated_keys(given.evidence.model.space),
    "integrity.constant_dimensions": lambda given, _: integrity.constant_dimensions(given.evidence.model.space),
    "integrity.identical_rows": lambda given, _: integrity.identical_rows(given.evidence.model.space),
    "vocabulary.size": lambda given, _: vocabulary.size(given.evidence.model.space),
    "vocabulary.coverage": lambda given, _: vocabulary.play_coverage(given.evidence.model),
    "vocabulary.playlists": lambda given, _: vocabulary.playlist_coverage(given.evidence.model),
    "vocabulary.top": lambda given, _: vocabulary.top_tracks_missing(
        given.evidence.model, given.settings.vocabulary.top
    ),
    "neighbours.known": _known,
    "neighbours.known_rate": lambda given, _: known_rate(list(given.evidence.known_results.values())),
    "neighbours.same_artist": lambda given, _: given.evidence.same_artist.measurement,
    "neighbours.co_listening": lambda given, _: given.evidence.co_listening.measurement,
    "retrieval.hit_rate": lambda given, _: retrieval.hit_rate(given.evidence.next_track),
    "retrieval.ndcg": lambda given, _: retrieval.ndcg(given.evidence.next_track),
    "retrieval.popularity": lambda given, _: retrieval.lead_over_popularity(given.evidence.next_track),
    "duplicates.rate": lambda given, _: duplicates.redundant_share(given.evidence.model, given.evidence.duplicates),
    "duplicates.recall": lambda given, _: duplicates.duplicate_recall(
        given.evidence.model, given.evidence.duplicates
    ),
    "duplicates.identical_directions": lambda given, _: duplicates.identical_directions(
        given.evidence.model, given.evidence.duplicates
    ),
    "separation.tag_coverage": lambda given, _: separation.tag_coverage(given.evidence.model),
    "separation.space": lambda given, genre: given.evidence.genre_in_space(genre),
    "separation.map": lambda given, genre: given.evidence.genre_on_map(genre),
    "separation.pair": lambda given, pair: given.evidence.pair(pair),
    "separation.accuracy": lambda given, _: given.evidence.in_space.accuracy,
    "separation.silhouette": lambda given, _: given.evidence.in_space.silhouette,
    "map.faithfulness": lambda given, _: map_faithfulness(given.evidence.faithfulness),
    "geometry.collapse": lambda given, _: geometry.mean_cosine(given.evidence.model),
    "geometry.effective_rank": lambda given, _: geometry.effective_rank(given.evidence.model),
    "geometry.hubness": lambda given, _: geometry.hubness(given.evidence.model),
    "geometry.antihubs": lambda given, _: geometry.antihubs(given.evidence.model),
    "geometry.norm_popularity": lambda given, _: geometry.norm_against_popularity(given.evidence.model),
    "champion.regression": lambda given, _: regression(given.evidence, given.past_champions()),
}
