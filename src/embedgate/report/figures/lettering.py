"""Fit names to the font that comes with matplotlib: cut them to a width, and replace characters that it lacks."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

from embedgate.report.figures.labels import one_line

PIXELS_PER_INCH = 110
"""In CSS pixels."""
SMALL, NORMAL, LARGE = 7.5, 8.5, 10.0
"""Points."""
_MAX_CHARACTERS = 120


def drawable(text: str, width: float = 260, size: float = NORMAL) -> str:
    """Return a name on one line, cut to CSS pixels; a box replaces characters that the font does not have."""
    shown = "".join(each if ord(each) in _glyphs() else "□" for each in one_line(text, _MAX_CHARACTERS))
    line = re.sub("□+", "□", shown)
    if width_of(line, size) <= width:
        return line
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def width_of(text: str, size: float = NORMAL) -> float:
    """Return the approximate width of a line in CSS pixels."""
    return sum(map(_advance, text)) * size * PIXELS_PER_INCH / 72


def can_draw(text: str) -> bool:
    """Return whether the font has every character of a name."""
    return all(ord(character) in _glyphs() for character in one_line(text, _MAX_CHARACTERS))


@cache
def font_file(name: str) -> str:
    """Return the path of a font that comes with matplotlib."""
    return str(Path(mpl.get_data_path(), "fonts", "ttf", name))


@cache
def _typeface() -> FT2Font:
    font = FT2Font(font_file("DejaVuSans.ttf"))
    font.set_size(1000, 72)
    return font


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(_typeface().get_charmap())


@cache
def _advance(character: str) -> float:
    """Return the width of a character at size one."""
    return float(_typeface().load_char(ord(character)).linearHoriAdvance) / 65536 / 1000
