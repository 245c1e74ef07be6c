"""The model is not worse than the model in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedgate.gate.check_tests import GateCheck


@pytest.mark.gate_check("champion.match_auc")
def test_space_agrees_with_the_champion(gate_check: GateCheck) -> None:
    """A track is closer to its position in the champion than unrelated tracks are."""
    gate_check()


@pytest.mark.gate_check("champion.misplaced")
def test_no_track_is_misplaced(gate_check: GateCheck) -> None:
    """No more tracks left their neighbourhood than after a sound retrain."""
    gate_check()


@pytest.mark.gate_check("champion.lost")
def test_no_played_track_is_lost(gate_check: GateCheck) -> None:
    """Played tracks of the champion still have a vector."""
    gate_check()


@pytest.mark.gate_check("champion.churn")
def test_vocabulary_is_stable(gate_check: GateCheck) -> None:
    """Few plays are of tracks that have a vector in only one of the two models."""
    gate_check()


@pytest.mark.gate_check("champion.overlap")
def test_neighbours_are_stable(gate_check: GateCheck) -> None:
    """As many of the ten nearest neighbours stay the same as between retrains."""
    gate_check()


@pytest.mark.gate_check("champion.genre_displacement")
def test_no_genre_is_displaced(gate_check: GateCheck) -> None:
    """The tracks of a genre are displaced no farther than clusters of the same size."""
    gate_check()


@pytest.mark.gate_check("champion.artist_displacement")
def test_no_artist_is_displaced(gate_check: GateCheck) -> None:
    """The tracks of an artist are displaced no farther than those of other artists."""
    gate_check()


@pytest.mark.gate_check("champion.region_displacement")
def test_no_region_is_displaced(gate_check: GateCheck) -> None:
    """No region of the space is displaced farther than other regions."""
    gate_check()


@pytest.mark.gate_check("champion.genre_agreement")
def test_genre_fits_its_playlists_as_well(gate_check: GateCheck) -> None:
    """The tracks of a genre fit their playlists as well as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.artist_agreement")
def test_artists_fit_their_playlists_as_well(gate_check: GateCheck) -> None:
    """The tracks of every artist fit their playlists as well as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.region_agreement")
def test_regions_fit_their_playlists_as_well(gate_check: GateCheck) -> None:
    """The tracks of every region of the space fit their playlists as well as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.genre_accuracy")
def test_genre_is_predicted_as_well(gate_check: GateCheck) -> None:
    """As many tracks of a genre are classified correctly as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.accuracy")
def test_genres_are_predicted_as_well(gate_check: GateCheck) -> None:
    """As many tracks are classified correctly as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.same_artist")
def test_artists_are_neighbours_as_often(gate_check: GateCheck) -> None:
    """As many neighbours share an artist as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.co_listening")
def test_tracks_of_one_playlist_are_as_close(gate_check: GateCheck) -> None:
    """Tracks of one playlist are as close to each other as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.hit_rate")
def test_next_track_is_found_as_often(gate_check: GateCheck) -> None:
    """The next track is among the ten nearest neighbours as often as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.ndcg")
def test_next_track_ranks_as_high(gate_check: GateCheck) -> None:
    """The next track ranks as high as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.new_duplicates")
def test_no_duplicates_were_added(gate_check: GateCheck) -> None:
    """Few new keys belong to recordings that have another key."""
    gate_check()


@pytest.mark.gate_check("champion.mean_cosine")
def test_space_is_as_wide(gate_check: GateCheck) -> None:
    """The mean cosine of all pairs is as low as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.effective_rank")
def test_dimensions_are_used_as_before(gate_check: GateCheck) -> None:
    """The effective rank is as high as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.regression")
def test_no_regression_over_past_champions(gate_check: GateCheck) -> None:
    """The model is not worse than the best champion in the history."""
    gate_check()


@pytest.mark.gate_check("champion.slice")
def test_next_track_of_a_slice_is_found_as_often(gate_check: GateCheck) -> None:
    """The next track of every slice is retrieved as often as in the champion."""
    gate_check()


@pytest.mark.gate_check("champion.slice_agreement")
def test_slice_fits_its_playlists_as_well(gate_check: GateCheck) -> None:
    """The tracks of every slice fit their playlists as well as in the champion."""
    gate_check()
