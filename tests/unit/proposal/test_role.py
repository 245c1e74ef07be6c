"""`playlists_role` from the plays of the tracks that have a vector."""

from __future__ import annotations

import numpy as np
import pytest

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.proposal.role import playlists_role

LISTS = [["a", "b"], ["a", "b"], ["a", "c"]]


def model(*keys: str) -> ModelUnderTest:
    return ModelUnderTest(EmbeddingSpace.of(keys, np.eye(len(keys))), Playlists.of(range(3), LISTS))


@pytest.mark.parametrize(
    ("keys", "name", "role", "why"),
    [
        ("ab", "test_set", "train", "played 2 times or more"),
        ("ac", "final_dataset", "train", "not known: 0 tracks with a vector are not played here, and 1 played"),
        ("abz", "final_dataset", "train", "not known: 1 tracks with a vector are not played"),
        ("abz", "TestPlaylists", "train", "not known"),
        ("abz", "test_playlists", "held_out", "'test_playlists'"),
        ("abz", "held-out.parquet", "held_out", "held-out"),
        ("abz", "latest", "train", "not known"),
    ],
)
def test_role(keys: str, name: str, role: str, why: str) -> None:
    choice = playlists_role(model(*keys), name)

    assert choice.role == role
    assert why in choice.why
