"""Slugs: short, ASCII, unique."""

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
def test_a_slug_is_plain_ascii(text: str, expected: str) -> None:
    """Accents off, lower case, anything else one dash, at most forty letters and no dash at an end."""
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["иван", "宇多田ヒカル", "!!!", "", "💔", "\ud800"])
def test_a_name_without_ascii_has_a_hash(text: str) -> None:
    """A name without an ASCII letter gets a short hash, the same each time, another for another name."""
    assert re.fullmatch(r"x[0-9a-f]{8}", slug(text))
    assert slug(text) == slug(text)
    assert slug(text) != slug(text + "?")


def test_equal_slugs_are_counted() -> None:
    """The first keeps the slug, the next get numbers, and a number that is taken is passed over."""
    assert unique_slugs(["R&B", "r b", "r-b-2", "R-B"]) == ["r-b", "r-b-2", "r-b-2-2", "r-b-3"]


@given(st.lists(st.text(max_size=60), max_size=20))
def test_slugs_are_unique_and_fit_an_id(texts: list[str]) -> None:
    """Whatever the names: one slug each, no two alike, nothing that would break an id."""
    slugs = unique_slugs(texts)

    assert len(set(slugs)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in slugs)
