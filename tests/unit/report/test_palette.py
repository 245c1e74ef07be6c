"""Colours and markers are defined in palette.json only."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from embedgate.report import live_map
from embedgate.report.figures.palette import CUSTOM_PROPERTIES, INK, PAPER, genre_style
from embedgate.report.html import STYLE

LIGHT, DARK = CUSTOM_PROPERTIES.splitlines()


def test_no_two_genres_share_both_colour_and_marker() -> None:
    assert len({genre_style(genre)[:2] for genre in range(144)}) == 144
    assert len({genre_style(genre).colour for genre in range(12)}) == 12


def test_page_and_figures_have_the_same_colours() -> None:
    assert f"--eg-ink: {INK};" in LIGHT
    for genre in range(12):
        assert f"--eg-genre-{genre_style(genre).slot}: {genre_style(genre).colour};" in LIGHT
    assert LIGHT.startswith(".eg, .eg-page {")
    assert "prefers-color-scheme: dark" in DARK


def test_dark_scheme_defines_the_colours_of_the_page() -> None:
    """The dark scheme needs only the colours of style sheets and script, because figures are always light."""
    light, dark = (set(re.findall(r"--eg-([\w-]+):", scheme)) for scheme in (LIGHT, DARK))
    used = set(re.findall(r"var\(--eg-([\w-]+)\)", STYLE + live_map.STYLE))

    assert used <= dark <= light
    assert {"paper", "genre-0", "genre-11"} <= dark


def test_live_map_draws_every_marker() -> None:
    source = (files("embedgate.report.live_map") / "js" / "markers.js").read_text(encoding="utf-8")
    outlines = source[source.index("const OUTLINES = {") :].partition("};")[0]

    assert {marker.strip("'") for marker in re.findall(r"^  ('.'|\w): ", outlines, re.MULTILINE)} == {
        genre_style(genre).marker for genre in range(12)
    }


def test_style_sheet_of_the_live_map_uses_the_palette_only() -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", live_map.STYLE) == []


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_background(scheme: str) -> None:
    """The contrast is at least 4.5 (WCAG 2, AA)."""
    colours = dict(re.findall(r"--eg-([\w-]+): (#[0-9a-f]{6})", scheme))
    backgrounds = {"bad": "bad-wash", "warn": "warn-wash", "ink": "bad-wash"}

    for text in ("ink", "muted", "good", "bad", "warn", "accent", "blue", "red"):
        for background in ("paper", "wash", backgrounds.get(text, "paper")):
            assert contrast(colours[text], colours[background]) >= 4.5, (text, background)


def test_banner_is_readable() -> None:
    colours = re.findall(r"\.eg-verdict[^{]*\{[^}]*background: (#[0-9a-f]{6})", STYLE)

    assert len(colours) == 4
    for colour in colours:
        assert contrast(PAPER, colour) >= 4.5
