"""Figures of the comparison with the champion, and lists that show the champion beside the model."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.registry import check_ids
from embedgate.config.settings import Settings
from embedgate.engine import Engine
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence
from embedgate.report.figures import figures_of
from embedgate.report.figures.canvas import DENSITY
from embedgate.testing import GENRES, Sample, sample, sample_model
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.report.figures.figure import Figure

HOSTILE = "\"'><svg onload=alert(1)> $x_1$ \u202e"
SETTINGS = Settings.model_validate({"genres": {genre: list(words) for genre, words in GENRES.items()}})
DISPLACEMENT, MISPLACED, LOST = "Displacement of tracks since the champion", "Misplaced tracks", "Lost tracks"
GENRE_DISPLACEMENT, DIFFERENCES = "Displacement of genres since the champion", "Differences from the champion"
OVERLAP = "Neighbour overlap with the champion"


def evidence_of(model: ModelUnderTest, champion: EmbeddingSpace) -> Evidence:
    """Return the evidence of a model and its champion."""
    return Evidence(model, {}, 0.95, Comparison(ModelPair(model, champion)))


def shown(evidence: Evidence, settings: Settings = SETTINGS) -> Mapping[str, Figure]:
    """Return the figures by title."""
    ids = [check_id for check_id in check_ids(settings) if check_id.startswith("champion.")]
    results = Engine(evidence, settings).evaluate(ids)
    return {figure.title: figure for figure in figures_of("champion", evidence, results)}


def text_of(figure: Figure) -> str:
    """Return the text of the HTML."""
    return unescape(re.sub(r"<[^>]+>", "\n", figure.html or ""))


def with_vectors(given: Sample, vectors: NDArray[np.floating]) -> Sample:
    """Return the sample with other vectors."""
    return replace(given, vectors=np.asarray(vectors, dtype=np.float32))


@pytest.fixture(scope="module")
def production() -> Sample:
    """The champion and its playlists."""
    return sample()


@pytest.fixture(scope="module")
def sound(production: Sample) -> Mapping[str, Figure]:
    """Figures of a retrained model without a fault."""
    model = sample_model(with_vectors(production, retrained(production.vectors)))
    return shown(evidence_of(model, production.space()))


PERMUTED = np.arange(0, 270, 11)[:12]


@pytest.fixture(scope="module")
def permuted(production: Sample) -> Evidence:
    """A retrained model in which the vectors of twelve keys are permuted."""
    model = sample_model(with_vectors(production, permute_vectors(retrained(production.vectors), PERMUTED)))
    return evidence_of(model, production.space())


def test_missing_champion_is_explained(model: ModelUnderTest) -> None:
    (figure,) = figures_of("champion", Evidence(model, {}, 0.95), [])

    assert figure.png is None
    assert "There is no champion yet, so nothing was compared." in text_of(figure)


def test_models_without_shared_tracks_are_explained(model: ModelUnderTest, production: Sample) -> None:
    champion = EmbeddingSpace.of([f"id{key}" for key in production.keys], production.vectors)

    (figure,) = figures_of("champion", evidence_of(model, champion), [])

    assert "The two models share no track" in text_of(figure)


def test_sound_model_has_four_small_images_and_no_lists_of_tracks(sound: Mapping[str, Figure]) -> None:
    assert list(sound) == [DISPLACEMENT, GENRE_DISPLACEMENT, DIFFERENCES, OVERLAP]
    for figure in sound.values():
        assert figure.png is not None
        assert figure.html is None
        assert figure.caption.endswith(".")
        (width,) = struct.unpack(">I", figure.png[16:20])
        assert abs(width - figure.width * DENSITY) <= 1
        assert len(figure.png) < 60_000


def test_caption_states_that_no_track_is_misplaced(sound: Mapping[str, Figure]) -> None:
    caption = sound[DISPLACEMENT].caption

    assert "not judged" not in caption
    assert "No track moved farther than retraining explains." in caption


def test_misplaced_tracks_are_shown_with_both_neighbourhoods(permuted: Evidence, production: Sample) -> None:
    """The farthest track comes first; each table shows five neighbours in the champion and in the candidate."""
    comparison = permuted.comparison
    assert comparison is not None
    misplaced = [permuted.model.tracks[track] for track in comparison.misplaced]
    figures = shown(permuted)

    tables = (figures[MISPLACED].html or "").split("<table")[1:]

    assert set(misplaced) == {production.keys[row] for row in PERMUTED}
    assert [re.findall(r"<caption[^>]*>(.*) \(\d+ plays\)</caption>", table) for table in tables] == [
        [key] for key in misplaced
    ]
    assert all(table.count("<tr>") == 6 for table in tables)
    artist = misplaced[0].partition("-")[0]
    before, now = zip(*re.findall(r"<td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", tables[0]), strict=True)
    assert sum(name.startswith(artist) for name in before) >= 4
    assert sum(name.startswith(artist) for name in now) <= 1
    assert "Red, with a triangle: 12 tracks" in figures[DISPLACEMENT].caption
    assert figures[MISPLACED].caption.startswith("12 tracks, the farthest first")


def test_at_most_twenty_misplaced_tracks_are_shown(production: Sample) -> None:
    vectors = permute_vectors(retrained(production.vectors), np.arange(0, 270, 9))
    model = sample_model(with_vectors(production, vectors))

    figure = shown(evidence_of(model, production.space()))[MISPLACED]

    assert figure.caption.startswith("30 tracks, the farthest first")
    assert "The 20 farthest are shown." in figure.caption
    assert (figure.html or "").count("<table") == 20


def test_neighbours_in_both_models_are_marked_in_both_columns(production: Sample) -> None:
    evidence = evidence_of(
        sample_model(with_vectors(production, retrained(production.vectors, noise=0.5))), production.space()
    )
    assert evidence.comparison is not None
    evidence.comparison.__dict__["misplaced"] = np.arange(10)

    tables = (shown(evidence)[MISPLACED].html or "").split("<table")[1:]

    marked = [re.findall(r'<td class="eg-ok">([^<]*)</td>', table) for table in tables]
    assert 0 < sum(map(len, marked)) < 10 * 10
    for names in marked:
        assert sorted(names) == sorted(2 * list(set(names)))


def test_at_most_twenty_lost_tracks_are_shown_by_plays(production: Sample) -> None:
    vectors = retrained(production.vectors)[30:]
    model = sample_model(replace(production, keys=production.keys[30:], vectors=vectors))

    figure = shown(evidence_of(model, production.space()))[LOST]

    counts = [int(plays) for plays in re.findall(r'<td class="eg-n">(\d+)</td>', figure.html or "")]
    assert len(counts) == 20
    assert counts == sorted(counts, reverse=True)
    assert max(counts) <= model.playlists.play_counts.max()
    assert "30 of 270 tracks" in figure.caption
    assert "The 20 most played are shown." in figure.caption


def test_names_of_tracks_and_genres_add_no_markup(production: Sample) -> None:
    old = dict.fromkeys(production.keys, "")
    for number, key in enumerate(production.keys):
        old[key] = f"{key}{HOSTILE}{number}"
    given = replace(
        production, keys=list(old.values()), sequences=[[old[key] for key in each] for each in production.sequences]
    )
    vectors = permute_vectors(retrained(production.vectors), PERMUTED)[:-20]
    genres = {f"{genre}{HOSTILE}": words for genre, words in GENRES.items()}
    model = replace(sample_model(replace(given, keys=given.keys[:-20], vectors=vectors)), genres=genres)
    settings = Settings.model_validate({"genres": {genre: list(words) for genre, words in genres.items()}})

    figures = shown(evidence_of(model, given.space()), settings)

    assert {MISPLACED, LOST, GENRE_DISPLACEMENT, DIFFERENCES} <= figures.keys()
    for figure in figures.values():
        assert not {"svg", "onload"} & set(re.findall(r"<(\w+)", figure.html or ""))
        assert "onload=" not in re.sub(r">[^<]*<", "><", figure.html or "")
        assert "\u202e" not in (figure.html or "")
    assert "\"'><svg onload=alert(1)> $x_1$" in text_of(figures[MISPLACED])
    assert "\"'><svg onload=alert(1)> $x_1$" in text_of(figures[LOST])


def test_bounds_are_drawn_and_checks_without_a_result_are_left_out(permuted: Evidence) -> None:
    bounds = {"champion.accuracy": {"at_least": 0.9}, "champion.genre_displacement": {"at_most": 0.1}}
    strict_settings = SETTINGS.model_copy(update={"checks": Settings.model_validate({"checks": bounds}).checks})

    usual, strict = shown(permuted), shown(permuted, strict_settings)

    for name in (GENRE_DISPLACEMENT, DIFFERENCES):
        assert usual[name].png != strict[name].png
    titles = [figure.title for figure in figures_of("champion", permuted, [])]
    assert titles == [DISPLACEMENT, MISPLACED, OVERLAP]


def test_champion_compared_with_itself_has_no_displaced_track(production: Sample) -> None:
    figures = shown(evidence_of(sample_model(production), production.space()))

    assert list(figures) == [DISPLACEMENT, GENRE_DISPLACEMENT, DIFFERENCES, OVERLAP]
    assert "than a random track is 100.0% of the time. No track moved" in figures[DISPLACEMENT].caption


def test_too_few_shared_tracks_for_displacement_are_explained(production: Sample) -> None:
    champion = EmbeddingSpace.of(production.keys[:60], production.vectors[:60])

    figures = shown(evidence_of(sample_model(production), champion))

    assert "The models share 60 tracks: too few to measure displacement." in text_of(figures[DISPLACEMENT])
    assert OVERLAP in figures


def test_caption_warns_if_only_the_candidate_was_trained_on_the_playlists(production: Sample) -> None:
    model = sample_model(with_vectors(production, retrained(production.vectors)))

    captions = [
        shown(evidence_of(replace(model, held_out=held_out), production.space()))[DIFFERENCES].caption
        for held_out in (False, True)
    ]

    assert "favours it" in captions[0]
    assert "favours it" not in captions[1]


def test_neighbours_in_the_champion_are_listed_and_marked_if_in_both(production: Sample) -> None:
    model = sample_model(production)

    most_played = figures_of("neighbours", evidence_of(model, production.space()), [])[1]
    alone = figures_of("neighbours", Evidence(model, {}, 0.95), [])[1]

    assert (most_played.html or "").count(" ✓</td>") == 50  # the champion is the model itself
    assert (most_played.html or "").count("in the champion") == 5
    assert "in the champion" not in (alone.html or "")


def test_recording_lists_its_first_twenty_keys_with_the_key_to_keep_first() -> None:
    keys = [f"Abba-Waterloo - {year} Remaster" for year in range(1990, 2020)]
    given = sample()
    vectors = np.vstack([given.vectors, np.repeat(given.vectors[:1], len(keys), axis=0)])
    model = sample_model(replace(given, keys=[*given.keys, *keys], vectors=vectors))

    clusters = figures_of("duplicates", Evidence(model, {}, 0.95), [])[1].html or ""

    assert '<table class="eg-table eg-sortable">' in clusters
    assert clusters.count("<details") == 1
    assert re.findall('<td.*?class="eg-n">(.*?)</td>', clusters) == ["30", "1.000", "0"]
    kept, *others = re.findall("<li><span>(.*?)</span><span.*?>(.*?)</span><span>(.*?)</span></li>", clusters)
    assert kept == ("Abba-Waterloo - 1990 Remaster", "✓ keep", "0 plays")
    assert [similarity for _, similarity, _ in others] == ["cosine 1.000"] * 19
    assert "10 keys more in verdict.duplicates.csv" in clusters
