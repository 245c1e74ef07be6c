"""Nearest neighbours are related."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("neighbours.known")
def test_known_track_has_expected_neighbours(gate_check: GateCheck) -> None:
    """A known track has the expected neighbours and none of the forbidden ones."""
    gate_check()


@pytest.mark.gate_check("neighbours.known_rate")
def test_known_tracks_have_expected_neighbours(gate_check: GateCheck) -> None:
    """The configured share of the known tracks has the expected neighbours."""
    gate_check()


@pytest.mark.gate_check("neighbours.same_artist")
def test_tracks_of_one_artist_are_neighbours(gate_check: GateCheck) -> None:
    """Neighbours share an artist more often than chance."""
    gate_check()


@pytest.mark.gate_check("neighbours.co_listening")
def test_tracks_of_one_playlist_are_close(gate_check: GateCheck) -> None:
    """Tracks of one playlist are closer than random pairs of similar popularity."""
    gate_check()


@pytest.mark.gate_check("neighbours.slice")
def test_tracks_of_a_slice_are_close(gate_check: GateCheck) -> None:
    """Tracks of one playlist are close in every slice whose playlists contain a signal."""
    gate_check()
