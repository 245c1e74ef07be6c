"""What the report shows of the comparison: what moved, what broke, what was lost, what got worse."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.checks.registry import check_ids
from embedgate.config import Settings
from embedgate.engine import Engine
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence
from embedgate.report.figures import exhibits_of
from embedgate.report.figures.canvas import DENSITY
from embedgate.testing import GENRES, Sample, sample, sample_model
from tests.retraining import permute_vectors, retrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.report.figures.exhibit import Exhibit

HOSTILE = "\"'><svg onload=alert(1)> $x_1$ \u202e"
SETTINGS = Settings.model_validate({"genres": {genre: list(words) for genre, words in GENRES.items()}})
MOVED, BROKEN, LOST = "How far tracks have moved", "Tracks that fell out", "Tracks lost"
GENRE, BETTER, STAYED = "How far each genre", "Better or worse", "Neighbours that stayed"


def evidence_of(model: ModelUnderTest, champion: EmbeddingSpace) -> Evidence:
    """The evidence of a model beside a champion."""
    return Evidence(model, {}, 0.95, Comparison(ModelPair(model, champion)))


def shown(evidence: Evidence, settings: Settings = SETTINGS) -> Mapping[str, Exhibit]:
    """Exhibits by the first words of their titles."""
    results = Engine(evidence, settings).evaluate(
        each for each in check_ids(settings) if each.startswith("champion.")
    )
    drawn = exhibits_of("champion", evidence, results)
    names = (MOVED, BROKEN, LOST, GENRE, BETTER, STAYED)
    return {next((name for name in names if one.title.startswith(name)), one.title): one for one in drawn}


def text_of(exhibit: Exhibit) -> str:
    """What a fragment reads as."""
    return unescape(re.sub(r"<[^>]+>", "\n", exhibit.html or ""))


def turned(given: Sample, vectors: NDArray[np.floating]) -> Sample:
    """The sample with other vectors."""
    return replace(given, vectors=np.asarray(vectors, dtype=np.float32))


@pytest.fixture(scope="module")
def production() -> Sample:
    """What the champion was made of."""
    return sample()


@pytest.fixture(scope="module")
def sound(production: Sample) -> Mapping[str, Exhibit]:
    """A sound retrain."""
    model = sample_model(turned(production, retrained(production.vectors)))
    return shown(evidence_of(model, production.space()))


CHOSEN = np.arange(0, 270, 11)[:12]


@pytest.fixture(scope="module")
def dealt(production: Sample) -> Evidence:
    """A retrain in which twelve keys have each other's vectors."""
    model = sample_model(turned(production, permute_vectors(retrained(production.vectors), CHOSEN)))
    return evidence_of(model, production.space())


def test_without_a_champion_a_sentence_says_so(model: ModelUnderTest) -> None:
    (exhibit,) = exhibits_of("champion", Evidence(model, {}, 0.95), [])

    assert exhibit.png is None
    assert "There is no champion yet, so nothing was compared." in text_of(exhibit)


def test_nothing_in_common_is_said_in_a_sentence(model: ModelUnderTest, production: Sample) -> None:
    champion = EmbeddingSpace.of([f"id{key}" for key in production.keys], production.vectors)

    (exhibit,) = exhibits_of("champion", evidence_of(model, champion), [])

    assert "No track is in both models" in text_of(exhibit)


def test_a_sound_retrain_shows_four_small_pictures(sound: Mapping[str, Exhibit]) -> None:
    """Nothing broke and nothing is lost, so no table of tracks; every picture is a PNG of its width."""
    assert list(sound) == [MOVED, GENRE, BETTER, STAYED]
    for exhibit in sound.values():
        assert exhibit.png is not None
        assert exhibit.caption.endswith(".")
        (width,) = struct.unpack(">I", exhibit.png[16:20])
        assert abs(width - exhibit.width * DENSITY) <= 1
        assert len(exhibit.png) < 60_000


def test_the_caption_says_that_none_stands_out(sound: Mapping[str, Exhibit]) -> None:
    said = sound[MOVED].caption

    assert "not judged" not in said
    assert "none stands out" in said


def test_broken_tracks_come_with_both_neighbourhoods_the_farthest_first(dealt: Evidence, production: Sample) -> None:
    """Each by its key and plays; five rows of whom the champion had near it, and who is near it now."""
    comparison = dealt.comparison
    assert comparison is not None
    broken = [dealt.model.tracks[track] for track in comparison.misplaced]
    exhibits = shown(dealt)

    tables = (exhibits[BROKEN].html or "").split("<table")[1:]

    assert set(broken) == {production.keys[row] for row in CHOSEN}
    assert [re.findall(r"<caption[^>]*>(.*) \(\d+ plays\)</caption>", table) for table in tables] == [
        [key] for key in broken
    ]
    assert all(table.count("<tr>") == 6 for table in tables)
    artist = broken[0].partition("-")[0]
    before, now = zip(*re.findall(r"<td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", tables[0]), strict=True)
    assert sum(name.startswith(artist) for name in before) >= 4
    assert sum(name.startswith(artist) for name in now) <= 1
    assert "Red, with a triangle: 12 tracks" in exhibits[MOVED].caption
    assert exhibits[BROKEN].caption.startswith("12 tracks, the farthest first")


def test_of_many_broken_tracks_twenty_are_shown(production: Sample) -> None:
    model = sample_model(turned(production, permute_vectors(retrained(production.vectors), np.arange(0, 270, 9))))

    exhibit = shown(evidence_of(model, production.space()))[BROKEN]

    assert exhibit.caption.startswith("30 tracks, of whom the 20 farthest are shown")
    assert (exhibit.html or "").count("<table") == 20


def test_who_stayed_is_marked(dealt: Evidence) -> None:
    """A neighbour that stands on both sides is blue on both."""
    exhibit = shown(dealt)[BROKEN]

    for table in (exhibit.html or "").split("<table")[1:]:
        names = re.findall(r'<td class="eg-ok">([^<]*)</td>', table)
        assert sorted(names) == sorted(2 * list(set(names)))


def test_lost_tracks_stand_by_their_plays(production: Sample) -> None:
    """Twenty of thirty, the most played first, and how many there are."""
    kept = np.arange(270) >= 30
    vectors = retrained(production.vectors)[kept]
    model = sample_model(replace(production, keys=production.keys[30:], vectors=vectors))
    plays = model.playlists.play_counts

    exhibit = shown(evidence_of(model, production.space()))[LOST]

    counts = [int(plays) for plays in re.findall(r'<td class="eg-n">(\d+)</td>', exhibit.html or "")]
    assert len(counts) == 20
    assert counts == sorted(counts, reverse=True)
    assert max(counts) <= plays.max()
    assert "30 of 270 tracks" in exhibit.caption
    assert "The 20 most played are shown." in exhibit.caption


def test_names_are_text(production: Sample) -> None:
    """Of tracks and genres, broken and lost ones, with and without a glyph: no element, no attribute of theirs."""
    old = dict.fromkeys(production.keys, "")
    for number, key in enumerate(production.keys):
        old[key] = f"{key}{HOSTILE}{number}"
    given = replace(
        production, keys=list(old.values()), sequences=[[old[key] for key in each] for each in production.sequences]
    )
    vectors = permute_vectors(retrained(production.vectors), CHOSEN)[:-20]
    genres = {f"{genre}{HOSTILE}": words for genre, words in GENRES.items()}
    model = replace(sample_model(replace(given, keys=given.keys[:-20], vectors=vectors)), genres=genres)
    settings = Settings.model_validate({"genres": {genre: list(words) for genre, words in genres.items()}})

    exhibits = shown(evidence_of(model, given.space()), settings)

    assert {BROKEN, LOST, GENRE, BETTER} <= exhibits.keys()
    for exhibit in exhibits.values():
        assert not {"svg", "onload"} & set(re.findall(r"<(\w+)", exhibit.html or ""))
        assert "onload=" not in re.sub(r">[^<]*<", "><", exhibit.html or "")
        assert "\u202e" not in (exhibit.html or "")
    assert "\"'><svg onload=alert(1)> $x_1$" in text_of(exhibits[BROKEN])
    assert "\"'><svg onload=alert(1)> $x_1$" in text_of(exhibits[LOST])


def test_bounds_and_outcomes_are_drawn_in(dealt: Evidence) -> None:
    """Another bound is another picture, and what is off is not in it."""
    bound = {"champion.accuracy": {"at_least": 0.9}, "champion.genre_displacement": {"at_most": 0.1}}
    other = SETTINGS.model_copy(
        update={"checks": Settings.model_validate({"checks": bound}).checks},
    )

    usual, strict = shown(dealt), shown(dealt, other)

    for name in (GENRE, BETTER):
        assert usual[name].png != strict[name].png
    assert exhibits_of("champion", dealt, [])[-1].title.startswith(STAYED)
    assert not any(one.title.startswith((GENRE, BETTER)) for one in exhibits_of("champion", dealt, []))


def test_the_champion_itself_has_not_moved(production: Sample) -> None:
    """All distances are nothing: still a picture, and no one stands out."""
    exhibits = shown(evidence_of(sample_model(production), production.space()))

    assert list(exhibits) == [MOVED, GENRE, BETTER, STAYED]
    assert "nearer to its old place than a stranger is 100.0% of the time; none stands out" in exhibits[MOVED].caption


def test_few_tracks_show_what_can_be_shown(production: Sample) -> None:
    """Fewer than a hundred shared tracks fit no map between the spaces; the rest is compared."""
    champion = EmbeddingSpace.of(production.keys[:60], production.vectors[:60])

    exhibits = shown(evidence_of(sample_model(production), champion))

    assert "60 tracks are in both models: too few to say how far they have moved" in text_of(exhibits[MOVED])
    assert STAYED in exhibits


def test_playlists_that_the_candidate_was_trained_on_are_said_to_flatter_it(production: Sample) -> None:
    model = sample_model(turned(production, retrained(production.vectors)))

    said = [
        shown(evidence_of(replace(model, held_out=held_out), production.space()))[BETTER].caption
        for held_out in (False, True)
    ]

    assert "flatters it" in said[0]
    assert "flatters it" not in said[1]


def test_the_champions_neighbours_stand_beside(production: Sample) -> None:
    """Where there is a champion, its nearest stand by those of the model, marked where they still are near."""
    model = sample_model(production)

    most_played = exhibits_of("neighbours", evidence_of(model, production.space()), [])[1]
    alone = exhibits_of("neighbours", Evidence(model, {}, 0.95), [])[1]

    assert (most_played.html or "").count(" ✓</td>") == 50  # against itself, nothing has changed
    assert (most_played.html or "").count("in the champion") == 5
    assert "in the champion" not in (alone.html or "")


def test_copies_fold_and_long_lists_end() -> None:
    """Each recording opens to its keys, the one to keep first; what is not shown is in verdict.duplicates.csv."""
    keys = [f"Abba-Waterloo - {year} Remaster" for year in range(1990, 2020)]
    given = sample()
    vectors = np.vstack([given.vectors, np.repeat(given.vectors[:1], len(keys), axis=0)])
    model = sample_model(replace(given, keys=[*given.keys, *keys], vectors=vectors))

    clusters = exhibits_of("duplicates", Evidence(model, {}, 0.95), [])[1].html or ""

    assert '<table class="eg-table eg-sortable">' in clusters
    assert clusters.count("<details") == 1
    assert re.findall('<td.*?class="eg-n">(.*?)</td>', clusters) == ["30", "1.000", "0"]
    kept, *others = re.findall("<li><span>(.*?)</span><span.*?>(.*?)</span><span>(.*?)</span></li>", clusters)
    assert kept == ("Abba-Waterloo - 1990 Remaster", "✓ keep", "0 plays")
    assert [said for _, said, _ in others] == ["cosine 1.000"] * 19
    assert "and 10 keys more; the whole list: verdict.duplicates.csv" in clusters
