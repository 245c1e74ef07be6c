"""Where words end in scripts that do not separate words by spaces, as parts of regular expressions."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import Final

HAN: Final = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
HIRAGANA: Final = "\u3041-\u309f"
KATAKANA: Final = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SOUTH_EAST_ASIAN: Final = (
    "\u0e01-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1050-\u108f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
)
SPACELESS: Final = HAN + HIRAGANA + KATAKANA + _SOUTH_EAST_ASIAN
HANGUL: Final = "\uac00-\ud7a3"
ARABIC: Final = "\u0620-\u064a\u066e-\u06d3"
"""Characters of scripts, as the content of a character class."""

_MARKS: Final = "".join(
    f"{run[0]}-{run[-1]}"
    for _, group in groupby(
        enumerate(chr(code) for code in range(0x300, 0x1D00) if unicodedata.category(chr(code))[0] == "M"),
        key=lambda numbered: ord(numbered[1]) - numbered[0],
    )
    if (run := [character for _, character in group])
)
"""Combining marks, as ranges."""
_SMALL_KANA: Final = "ぁぃぅぇぉゃゅょゎァィゥェォャュョヮー"
_VOWELS_AFTER: Final = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"
_VOWELS_BEFORE: Final = "\u0e40-\u0e44\u0ec0-\u0ec4"

STARTS_SYLLABLE: Final = f"(?<![{_VOWELS_BEFORE}])"
"""A Thai or Lao vowel that is written before a consonant belongs to it."""
ENDS_SYLLABLE: Final = f"(?![{_MARKS}{_SMALL_KANA}{_VOWELS_AFTER}\u3099\u309a])"
"""Marks, small kana, the sign of a long vowel and vowels after a consonant belong to the letter before."""

_SPACELESS_LETTER: Final = re.compile(f"[{SPACELESS}]")
_HANGUL_LETTER: Final = re.compile(f"[{HANGUL}]")
_ARABIC_LETTER: Final = re.compile(f"[{ARABIC}]")


def is_spaceless(character: str) -> bool:
    """Return whether a character belongs to a script without spaces between words."""
    return _SPACELESS_LETTER.match(character) is not None


def is_hangul(character: str) -> bool:
    """Return whether a character is a Korean syllable."""
    return _HANGUL_LETTER.match(character) is not None


def is_arabic(character: str) -> bool:
    """Return whether a character is an Arabic letter."""
    return _ARABIC_LETTER.match(character) is not None
