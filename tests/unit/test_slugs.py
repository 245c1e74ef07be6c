"""Slugs are short, ASCII and unique."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedgate.slugs import slug, unique_slugs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rock", "rock"),
        ("R&B", "r-b"),
        ("Hip  Hop", "hip-hop"),
        ("Beyoncé", "beyonce"),
        ("--- Café del Mar! ---", "cafe-del-mar"),
        ("Daft Punk-Get Lucky - Radio Edit", "daft-punk-get-lucky-radio-edit"),
        ("ｒｏｃｋ", "rock"),
        ("x" * 60, "x" * 40),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_slug_is_plain_ascii(text: str, expected: str) -> None:
    """A slug is lower case, has no accents, and at most forty characters; dashes replace other characters."""
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["иван", "宇多田ヒカル", "!!!", "", "💔", "\ud800"])
def test_name_without_ascii_becomes_a_hash(text: str) -> None:
    """The hash is reproducible and differs between names."""
    assert re.fullmatch(r"x[0-9a-f]{8}", slug(text))
    assert slug(text) == slug(text)
    assert slug(text) != slug(text + "?")


def test_equal_slugs_are_numbered() -> None:
    """The first name keeps the slug, the next names get numbers, and numbers that are in use are skipped."""
    assert unique_slugs(["R&B", "r b", "r-b-2", "R-B"]) == ["r-b", "r-b-2", "r-b-2-2", "r-b-3"]


@given(st.lists(st.text(max_size=60), max_size=20))
def test_slugs_are_unique_and_fit_an_id(texts: list[str]) -> None:
    """Every name has its own slug, which contains only characters that are allowed in an id."""
    slugs = unique_slugs(texts)

    assert len(set(slugs)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in slugs)
