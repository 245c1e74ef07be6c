"""The tracks that people play have a vector."""

import pytest

from embedgate.config import Settings
from embedgate.gate.judging import GateJudge
from embedgate.material.model import ModelUnderTest
from embedgate.material.space import EmbeddingSpace
from embedgate.measures import vocabulary


@pytest.mark.gate_check("vocabulary.size")
def test_vocabulary_is_large_enough(gate_judge: GateJudge, gate_space: EmbeddingSpace) -> None:
    """As many tracks as you ask for have a vector."""
    gate_judge(vocabulary.size(gate_space))


@pytest.mark.gate_check("vocabulary.coverage")
def test_plays_are_covered(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """Most plays are of tracks that have a vector."""
    gate_judge(vocabulary.play_coverage(gate_model))


@pytest.mark.gate_check("vocabulary.playlists")
def test_playlists_are_touched(gate_judge: GateJudge, gate_model: ModelUnderTest) -> None:
    """Most playlists hold a track that has a vector."""
    gate_judge(vocabulary.playlist_coverage(gate_model))


@pytest.mark.gate_check("vocabulary.top")
def test_the_most_played_are_all_there(
    gate_judge: GateJudge, gate_model: ModelUnderTest, gate_settings: Settings
) -> None:
    """None of the most played tracks is missing."""
    gate_judge(vocabulary.top_tracks_missing(gate_model, gate_settings.vocabulary.top))
