"""Genres keep together: in the space, on the map, and pair by pair."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.material.model import ModelUnderTest
from embedgate.measures import separation
from embedgate.measures.evidence import Evidence


@pytest.mark.gate_check("separation.tag_coverage")
def test_playlist_names_tag_the_tracks(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """At least one genre has tagged tracks enough to be judged."""
    gate_judge(separation.tag_coverage(gate_model))


@pytest.mark.gate_check("separation.space")
def test_a_genre_keeps_together_in_the_space(
    gate_judge: GateJudge, gate_evidence: Evidence, genre: str | None
) -> None:
    """The ten nearest tell a genre's tracks from the rest better than chance gives."""
    gate_judge(gate_evidence.genre_in_space(genre))


@pytest.mark.gate_check("separation.map")
def test_a_genre_keeps_together_on_the_map(gate_judge: GateJudge, gate_evidence: Evidence, genre: str | None) -> None:
    """So they do on the map, where it is faithful."""
    gate_judge(gate_evidence.genre_on_map(genre))


@pytest.mark.gate_check("separation.pair")
def test_two_genres_are_told_apart(
    gate_judge: GateJudge, gate_evidence: Evidence, pair: tuple[str, str] | None
) -> None:
    """The ten nearest tell two genres apart."""
    gate_judge(gate_evidence.pair(pair))


@pytest.mark.gate_check("separation.accuracy")
def test_neighbours_call_the_right_genre(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """The ten nearest call more tracks by the right genre than chance gives."""
    gate_judge(gate_evidence.in_space.accuracy)


@pytest.mark.gate_check("separation.silhouette")
def test_genres_are_compact(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """The silhouette of the genres is as high as you ask for."""
    gate_judge(gate_evidence.in_space.silhouette)
