"""Causes in the keys: another type, another spelling, other playlists."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from embedgate.diagnosis.keys import other_playlists, other_spelling, other_type
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from tests.unit.diagnosis.cases import CHAMPION, FAILED, INCONCLUSIVE, PASSED, SOUND, evidence

if TYPE_CHECKING:
    from collections.abc import Callable

CAUSES = (other_type, other_spelling, other_playlists)
N = len(SOUND.keys)
INTEGERS = {key: str(101_631 + 7 * row) for row, key in enumerate(SOUND.keys)}


def of_integers() -> Playlists:
    """The playlists, with integers as keys."""
    return Playlists.of(SOUND.playlist_ids, [[INTEGERS[key] for key in tracks] for tracks in SOUND.sequences])


@pytest.mark.parametrize(
    ("respelt", "step", "examples"),
    [
        (str.casefold, "folding case", ("rap artist 09-song 05", "Rap Artist 09-Song 05")),
        (lambda key: f"spotify:track:{key}", "removing the prefix 'spotify:track:'", None),
        (lambda key: key.replace(" ", "_"), "unifying separators ('_' and ' ')", None),
        (
            lambda key: key.replace(" ", "\xa0"),
            "removing superfluous white space",
            (r"Rap\xa0Artist\xa009-Song\xa005", "Rap Artist 09-Song 05"),
        ),
    ],
)
def test_transformation_that_makes_keys_match_is_named(
    respelt: Callable[[str], str], step: str, examples: tuple[str, str] | None
) -> None:
    """Three keys of each side are shown, in pairs; keys that look alike are escaped."""
    found = other_spelling(evidence(keys=[respelt(key) for key in SOUND.keys]), INCONCLUSIVE)

    assert found is not None
    assert found.sentence == (
        "The keys of the model are written differently from those of the playlists: 0 of 270 keys of the playlists "
        f"are in the model, and 270 more match after {step}."
    )
    ours, theirs = found.examples["keys of the model"], found.examples["keys of the playlists"]
    assert len(ours) == len(theirs) == 3
    if examples:
        assert (ours[0], theirs[0]) == examples
    else:
        assert ours == tuple(respelt(key) for key in theirs)
    assert {"vocabulary.coverage", "neighbours.co_listening", "separation.space", "champion.lost"} <= set(
        found.explains
    )


def test_normalization_of_some_keys_is_found() -> None:
    """A tenth of the keys explains missing tracks, and not that the others have no neighbours."""
    accented = {key: key.replace("Artist", "Artíst") if row % 10 == 0 else key for row, key in enumerate(SOUND.keys)}
    playlists = Playlists.of(SOUND.playlist_ids, [[accented[key] for key in tracks] for tracks in SOUND.sequences])
    keys = [unicodedata.normalize("NFD", accented[key]) for key in SOUND.keys]

    found = other_spelling(evidence(keys=keys, playlists=playlists), INCONCLUSIVE)

    assert found is not None
    assert found.sentence.startswith("Some keys of the model are written differently")
    assert found.sentence.endswith("27 more match after Unicode normalization (NFC).")
    assert r"Art\xedst" in found.examples["keys of the playlists"][0]
    assert r"Arti\u0301st" in found.examples["keys of the model"][0]
    assert "vocabulary.coverage" in found.explains
    assert "neighbours.co_listening" not in found.explains


def test_decimal_numbers_are_another_type() -> None:
    keys = [f"{INTEGERS[key]}.0" for key in SOUND.keys]

    found = other_type(evidence(keys=keys, playlists=of_integers()), FAILED)

    assert found is not None
    assert "of another type" in found.sentence
    assert found.sentence.endswith("270 more match after reading decimal numbers as integers.")
    assert found.figures["more_matching_keys"] == 270
    assert all(
        ours == f"{theirs}.0"
        for ours, theirs in zip(
            found.examples["keys of the model"], found.examples["keys of the playlists"], strict=True
        )
    )
    assert "missing values" in found.action
    assert other_spelling(evidence(keys=keys, playlists=of_integers()), FAILED) is None


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        ([str(row) for row in range(N)], "integers (its row numbers)"),
        ([str(5_000 + row) for row in range(N)], "integers"),
        ([f"{row:08x}-0000-4000-8000-00000000abcd" for row in range(N)], "UUIDs"),
    ],
)
def test_ids_of_another_table_are_another_type(keys: list[str], kind: str) -> None:
    """No conversion makes them match."""
    found = other_type(evidence(keys=keys), INCONCLUSIVE)

    assert found is not None
    assert f"the keys of the model are {kind}, and those of the playlists are text." in found.sentence
    assert found.examples["keys of the model"] == tuple(keys[:3])


def test_keys_of_the_champion_may_be_of_another_type() -> None:
    """The playlists match, so only the comparison is affected."""
    keys = list(INTEGERS.values())
    champion = EmbeddingSpace.of([f"{key}.0" for key in keys], SOUND.vectors)

    found = other_type(evidence(keys=keys, playlists=of_integers(), champion=champion), INCONCLUSIVE)

    assert found is not None
    assert "those of the champion: 0 of 270 keys of the champion" in found.sentence
    assert {each.partition(".")[0] for each in found.explains} == {"champion"}


def test_model_older_than_the_playlists_is_named() -> None:
    """Tracks that are new in the last quarter of the playlists have no vector."""
    new = {key: f"New Artist-{row}" for row, key in enumerate(SOUND.keys)}
    sequences = [
        tracks if number < 180 else [*tracks[:12], *(new[key] for key in tracks[12:])]
        for number, tracks in enumerate(SOUND.sequences)
    ]

    found = other_playlists(evidence(playlists=Playlists.of(SOUND.playlist_ids, sequences)), FAILED)

    assert found is not None
    assert found.figures["share_of_newest_playlists"] == pytest.approx(0.25, abs=0.03)
    assert "older than the playlists" in found.sentence
    assert "vocabulary.coverage" in found.explains


def test_model_of_other_tracks_was_trained_on_other_playlists() -> None:
    keys = [f"Other Artist {row % 9}-Thing {row}" for row in range(N)]

    found = other_playlists(evidence(keys=keys), FAILED)

    assert found is not None
    assert found.figures == {"most_played_without_vector": 100, "most_played": 100, "unplayed_share": 1.0}


@pytest.mark.parametrize("kept", [slice(None), slice(0, None, 2)], ids=["whole", "half of the tracks"])
@pytest.mark.parametrize("champion", [None, CHAMPION], ids=["alone", "champion"])
def test_model_without_such_a_cause_has_none(kept: slice, champion: EmbeddingSpace | None) -> None:
    """Tracks that are missing from all playlists alike are no sign of other playlists."""
    measured = evidence(SOUND.vectors[kept], keys=SOUND.keys[kept], champion=champion)

    for results in (FAILED, INCONCLUSIVE):
        assert [cause(measured, results) for cause in CAUSES] == [None] * 3


def test_rare_variants_of_keys_that_both_sides_have_are_no_other_spelling() -> None:
    """Real playlists contain keys in several spellings, most of them too rare for a vector."""
    sequences = [
        [key.upper() if (number + place) % 9 == 0 else key for place, key in enumerate(tracks)]
        for number, tracks in enumerate(SOUND.sequences)
    ]

    assert other_spelling(evidence(playlists=Playlists.of(SOUND.playlist_ids, sequences)), FAILED) is None


def test_no_cause_without_a_result_that_it_explains() -> None:
    measured = evidence(keys=[key.casefold() for key in SOUND.keys])

    assert other_spelling(measured, PASSED) is None
    assert other_spelling(measured, [each for each in FAILED if each.family == "duplicates"]) is None
