"""Genres are judged in spaces of playlists that did not tag the tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from embedgate.material.model import ModelUnderTest
from embedgate.material.playlists import Playlists
from embedgate.proposal.separable import separations


def test_planted_genres_are_separated(model: ModelUnderTest) -> None:
    found = separations(model)

    assert [each.genre for each in found] == list(model.genres)
    assert all(not each.reason and each.auc is not None and each.auc > 0.9 for each in found)


def test_result_does_not_depend_on_the_vectors(model: ModelUnderTest) -> None:
    assert separations(model.with_vectors(model.unit[::-1].copy())) == separations(model)


def test_permuted_names_separate_nothing(model: ModelUnderTest) -> None:
    order = np.random.default_rng(0).permutation(len(model.playlists))
    ids = tuple(model.playlists.ids[place] for place in order)

    found = separations(replace(model, playlists=replace(model.playlists, ids=ids)))

    assert all(each.reason for each in found)


def test_genre_of_few_tracks_has_a_reason(model: ModelUnderTest) -> None:
    found = separations(replace(model, genres={**model.genres, "polka": ("polka",)}))

    assert found[-1].auc is None
    assert "polka" in found[-1].reason


def test_playlists_without_pairs_have_a_reason(model: ModelUnderTest) -> None:
    single = Playlists.of(model.playlists.ids, [[key] for key in model.tracks[: len(model.playlists)]])

    assert all(each.reason for each in separations(replace(model, playlists=single)))
