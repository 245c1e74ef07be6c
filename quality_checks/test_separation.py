"""Genres are separated in the space and on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("separation.tag_coverage")
def test_playlist_names_tag_the_tracks(gate_check: GateCheck) -> None:
    """At least one genre has enough tagged tracks."""
    gate_check()


@pytest.mark.gate_check("separation.space")
def test_genre_is_separated_in_the_space(gate_check: GateCheck) -> None:
    """The ten nearest neighbours separate a genre from the others better than chance."""
    gate_check()


@pytest.mark.gate_check("separation.map")
def test_genre_is_separated_on_the_map(gate_check: GateCheck) -> None:
    """The ten nearest points of a faithful map separate a genre from the others better than chance."""
    gate_check()


@pytest.mark.gate_check("separation.pair")
def test_two_genres_are_separated(gate_check: GateCheck) -> None:
    """The ten nearest neighbours distinguish two genres."""
    gate_check()


@pytest.mark.gate_check("separation.accuracy")
def test_genres_are_predicted(gate_check: GateCheck) -> None:
    """The ten nearest neighbours classify more tracks correctly than chance."""
    gate_check()


@pytest.mark.gate_check("separation.silhouette")
def test_genres_are_compact(gate_check: GateCheck) -> None:
    """The silhouette of the genres is within the configured bound."""
    gate_check()
