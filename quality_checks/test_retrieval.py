"""The next track is among the neighbours of the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("retrieval.hit_rate")
def test_next_track_is_found(gate_check: GateCheck) -> None:
    """The next track is among the ten nearest neighbours more often than chance."""
    gate_check()


@pytest.mark.gate_check("retrieval.ndcg")
def test_next_track_ranks_high(gate_check: GateCheck) -> None:
    """The next track ranks high among the ten nearest neighbours."""
    gate_check()


@pytest.mark.gate_check("retrieval.popularity")
def test_retrieval_beats_popularity(gate_check: GateCheck) -> None:
    """Next-track retrieval beats the popularity baseline."""
    gate_check()


@pytest.mark.gate_check("retrieval.slice")
def test_next_track_of_a_slice_is_found(gate_check: GateCheck) -> None:
    """The next track is found more often than chance in every slice whose playlists contain a signal."""
    gate_check()


@pytest.mark.gate_check("retrieval.catalogue_coverage")
def test_catalogue_is_recommended(gate_check: GateCheck) -> None:
    """Recommended lists contain as much of the catalogue as those of the champion, else as playlists do."""
    gate_check()


@pytest.mark.gate_check("retrieval.diversity")
def test_recommended_lists_are_diverse(gate_check: GateCheck) -> None:
    """Tracks of a recommended list have as often different artists as those of the champion."""
    gate_check()
