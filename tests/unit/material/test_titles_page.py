"""docs/titles.md, and the examples in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedgate.material.titles import parse_title
from embedgate.material.word_lists import read_words
from scripts.titles_page import APART, AS_WRITTEN, LANGUAGES, SAME, page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "titles.md"


def test_page_is_up_to_date() -> None:
    """If this fails, run `python scripts/titles_page.py > docs/titles.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("titles", SAME.values(), ids=SAME)
def test_examples_of_one_recording_are_equal(titles: tuple[str, ...]) -> None:
    assert len({parse_title(title) for title in titles}) == 1


@pytest.mark.parametrize("titles", APART.values(), ids=APART)
def test_examples_of_different_recordings_differ(titles: tuple[str, ...]) -> None:
    assert len({parse_title(title) for title in titles}) == len(titles)


def test_all_languages_of_the_word_lists_are_listed() -> None:
    words = read_words("versions")

    assert set(LANGUAGES) == {*words["translated"], *words["alone"]}
    text = page()
    for languages in (words["translated"], words["alone"]):
        for translations in (each for table in languages.values() for each in table.values()):
            assert [word for word in translations if word not in text] == []


@pytest.mark.parametrize(("word", "written"), AS_WRITTEN.items())
def test_words_are_shown_as_titles_write_them(word: str, written: str) -> None:
    """Words about the release are dropped, others are a version; none belongs to the song."""
    parsed = parse_title(f"Song - {written} X" if word == "coverof" else f"Song - {written}")

    assert (parsed.song, bool(parsed.version)) == ("song", word != "bonustrack")
