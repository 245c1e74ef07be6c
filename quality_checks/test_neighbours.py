"""Neighbours have to do with each other."""

import pytest

from embedgate.gate.judging import GateJudge
from embedgate.measures.evidence import Evidence
from embedgate.measures.known_tracks import known_rate
from embedgate.measures.measurement import not_applicable


@pytest.mark.gate_check("neighbours.known")
def test_a_known_track_has_the_neighbours_you_expect(
    gate_judge: GateJudge, gate_evidence: Evidence, known_track: str | None
) -> None:
    """What you expect near a track is near it, and what must never be is not."""
    if known_track is None:
        gate_judge(not_applicable("no known track is configured"))
        return
    found = gate_evidence.known_results[known_track]
    gate_judge(found.measurement, at_least=found.needed)


@pytest.mark.gate_check("neighbours.known_rate")
def test_most_known_tracks_hold(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """As large a share of the known tracks holds as you ask for."""
    gate_judge(known_rate(list(gate_evidence.known_results.values())))


@pytest.mark.gate_check("neighbours.same_artist")
def test_tracks_of_an_artist_are_neighbours(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """Neighbours are by the same artist more often than chance gives."""
    gate_judge(gate_evidence.same_artist.measurement)


@pytest.mark.gate_check("neighbours.co_listening")
def test_tracks_played_together_are_near(gate_judge: GateJudge, gate_evidence: Evidence) -> None:
    """Tracks of one playlist are nearer than tracks of like popularity that were paired at random."""
    gate_judge(gate_evidence.co_listening.measurement)
