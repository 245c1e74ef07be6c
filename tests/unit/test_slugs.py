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
    """Lower case, no accents, one dash for other characters, at most forty characters, no dash at either end."""
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["иван", "宇多田ヒカル", "!!!", "", "💔", "\ud800"])
def test_name_without_ascii_becomes_a_hash(text: str) -> None:
    """The hash is always the same, and differs between names."""
    assert re.fullmatch(r"x[0-9a-f]{8}", slug(text))
    assert slug(text) == slug(text)
    assert slug(text) != slug(text + "?")


def test_equal_slugs_are_numbered() -> None:
    """The first keeps the slug, the next get numbers, and a number that is used is skipped."""
    assert unique_slugs(["R&B", "r b", "r-b-2", "R-B"]) == ["r-b", "r-b-2", "r-b-2-2", "r-b-3"]


@given(st.lists(st.text(max_size=60), max_size=20))
def test_slugs_are_unique_and_fit_an_id(texts: list[str]) -> None:
    """One slug per name, all different, with no character that an id cannot contain."""
    slugs = unique_slugs(texts)

    assert len(set(slugs)) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in slugs)
