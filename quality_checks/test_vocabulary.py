"""The tracks that people play have a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("vocabulary.size")
def test_vocabulary_is_large_enough(gate_check: GateCheck) -> None:
    """The vocabulary has at least the configured number of tracks."""
    gate_check()


@pytest.mark.gate_check("vocabulary.coverage")
def test_plays_are_covered(gate_check: GateCheck) -> None:
    """Enough plays belong to tracks that have a vector."""
    gate_check()


@pytest.mark.gate_check("vocabulary.playlists")
def test_playlists_are_covered(gate_check: GateCheck) -> None:
    """Enough playlists contain a track that has a vector."""
    gate_check()


@pytest.mark.gate_check("vocabulary.top")
def test_most_played_tracks_have_vectors(gate_check: GateCheck) -> None:
    """None of the most played tracks is missing."""
    gate_check()


@pytest.mark.gate_check("vocabulary.slice")
def test_slice_is_covered(gate_check: GateCheck) -> None:
    """The tracks of a slice have a vector as often as other tracks with as many plays."""
    gate_check()
