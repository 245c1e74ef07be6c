"""Causes in the playlists: no genre words, and too few playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from embedgate.diagnosis.playlist_data import too_few_playlists, untagged
from embedgate.material.playlists import Playlists
from tests.unit.diagnosis.cases import FAILED, INCONCLUSIVE, PASSED, SETTINGS, SOUND, evidence

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("named", "shown", "action"),
    [
        (lambda row: f"user-evening {row}", ("evening 0", "evening 1", "evening 2"), "words of the playlist names"),
        (str, ("0", "1", "2"), "The names are numbers"),
        (lambda row: f"rock-{row}", ("0", "1", "2"), "before the first '-' of the playlist ids"),
    ],
)
def test_names_and_words_are_shown_if_none_matches(
    named: Callable[[int], str], shown: tuple[str, ...], action: str
) -> None:
    playlists = Playlists.of(map(named, range(len(SOUND.sequences))), SOUND.sequences)

    found = untagged(evidence(playlists=playlists), INCONCLUSIVE)

    assert found is not None
    assert "none of the 240 playlist names contains a word of [genres]" in found.sentence
    assert found.examples == {"playlist names": shown, "words of [genres]": ("rock", "rap", "hip hop")}
    assert action in found.action
    assert {"separation.space", "champion.genre_accuracy"} <= set(found.explains)
    assert "neighbours.co_listening" not in found.explains
    assert untagged(evidence(playlists=playlists), PASSED) is None


def test_few_playlists_with_a_word_tag_too_few_tracks() -> None:
    ids = ["user-best of rock", *(f"user-evening {row}" for row in range(len(SOUND.sequences) - 1))]
    few = Playlists.of(ids, [sequence[:4] for sequence in SOUND.sequences])

    found = untagged(evidence(playlists=few), INCONCLUSIVE)

    assert found is not None
    assert "too few tracks of the 1 playlists whose names contain a word" in found.sentence


def test_tagged_tracks_without_vectors_have_another_cause() -> None:
    assert untagged(evidence(keys=[key.upper() for key in SOUND.keys]), INCONCLUSIVE) is None


def test_sound_model_has_no_cause() -> None:
    """Nor has a model for which no genre is configured."""
    without = SETTINGS.model_copy(update={"genres": {}})

    for measured in (evidence(), evidence(settings=without)):
        for results in (FAILED, INCONCLUSIVE):
            assert untagged(measured, results) is None
            assert too_few_playlists(measured, results) is None


def test_too_few_playlists_explain_inconclusive_checks() -> None:
    few = evidence(playlists=Playlists.of(SOUND.playlist_ids[:20], SOUND.sequences[:20]))

    found = too_few_playlists(few, INCONCLUSIVE)

    assert found is not None
    assert "20 of 20 contain two tracks or more, with 480 plays in all" in found.sentence
    assert found.examples["playlists"] == tuple(SOUND.playlist_ids[:3])
    assert {"neighbours.co_listening", "retrieval.hit_rate"} <= set(found.explains)
    assert too_few_playlists(few, FAILED) is None
