"""The model stands up to the one in production."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.measures import champion
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence
from embedgate.measures.measurement import Measurement, without_baseline
from embedgate.measures.slide import slide


def compare(comparison: Comparison | None, measure: Callable[[Comparison], Measurement]) -> Measurement:
    """Measure, where there is a champion."""
    return without_baseline("there is no champion yet") if comparison is None else measure(comparison)


@pytest.mark.gate_check("champion.recognised")
def test_the_space_is_the_champions(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """A track is nearer to where the champion has it than strangers are."""
    gate_judge(compare(gate_comparison, champion.recognised))


@pytest.mark.gate_check("champion.broken")
def test_no_track_fell_out_of_its_neighbourhood(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """No more tracks than a retrain explains lie where strangers lie."""
    gate_judge(compare(gate_comparison, champion.broken))


@pytest.mark.gate_check("champion.lost")
def test_no_played_track_is_lost(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Played tracks that the champion knows have a vector still."""
    gate_judge(compare(gate_comparison, champion.lost))


@pytest.mark.gate_check("champion.churn")
def test_the_vocabulary_stays(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Few plays are of tracks that only one of the two knows."""
    gate_judge(compare(gate_comparison, champion.churn))


@pytest.mark.gate_check("champion.overlap")
def test_neighbours_stay(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """As many of the ten nearest stay as retrains keep."""
    gate_judge(compare(gate_comparison, lambda found: champion.overlap(found).measurement))


@pytest.mark.gate_check("champion.genre_moved")
def test_no_genre_moved_alone(gate_judge: GateJudge, gate_comparison: Comparison | None, genre: str | None) -> None:
    """The tracks of a genre have not moved farther than all others."""
    gate_judge(compare(gate_comparison, lambda found: champion.genre_moved(found, genre)))


@pytest.mark.gate_check("champion.genre")
def test_a_genre_is_known_as_well(
    gate_judge: GateJudge, gate_comparison: Comparison | None, genre: str | None
) -> None:
    """The tracks of a genre are called by its name as often."""
    gate_judge(compare(gate_comparison, lambda found: champion.genre(found, genre)))


@pytest.mark.gate_check("champion.accuracy")
def test_genres_are_known_as_well(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Neighbours call as many tracks by the right genre."""
    gate_judge(compare(gate_comparison, lambda found: champion.difference(found, "accuracy")))


@pytest.mark.gate_check("champion.same_artist")
def test_artists_are_known_as_well(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """As many neighbours are by the same artist."""
    gate_judge(compare(gate_comparison, lambda found: champion.difference(found, "same_artist")))


@pytest.mark.gate_check("champion.co_listening")
def test_playlists_are_known_as_well(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Tracks of one playlist are as near."""
    gate_judge(compare(gate_comparison, lambda found: champion.difference(found, "co_listening")))


@pytest.mark.gate_check("champion.hit_rate")
def test_the_next_track_is_found_as_often(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """The next track is among the ten nearest as often."""
    gate_judge(compare(gate_comparison, lambda found: champion.difference(found, "hit_rate")))


@pytest.mark.gate_check("champion.ndcg")
def test_the_next_track_stands_as_high(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """The next track stands as high among the ten nearest."""
    gate_judge(compare(gate_comparison, lambda found: champion.difference(found, "ndcg")))


@pytest.mark.gate_check("champion.copies")
def test_no_copies_came(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Hardly any new key is one for a recording that has another."""
    gate_judge(compare(gate_comparison, champion.copies))


@pytest.mark.gate_check("champion.mean_cosine")
def test_the_space_has_not_narrowed(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """Two tracks are hardly nearer on average."""
    gate_judge(compare(gate_comparison, champion.mean_cosine))


@pytest.mark.gate_check("champion.dimensions_used")
def test_dimensions_are_used_as_before(gate_judge: GateJudge, gate_comparison: Comparison | None) -> None:
    """As much of the space is used."""
    gate_judge(compare(gate_comparison, champion.dimensions_used))


@pytest.mark.gate_check("champion.slide")
def test_no_slow_slide(
    gate_judge: GateJudge,
    gate_evidence: Evidence,
    gate_past_champions: Sequence[tuple[str, Mapping[str, float]]],
) -> None:
    """The model stands up to the best champion there was, not to the last alone."""
    gate_judge(slide(gate_evidence, gate_past_champions))
