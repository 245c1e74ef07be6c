"""Normalise the spelling of names and titles."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def fold(text: str) -> str:
    """Fold case, width, punctuation, white space, Latin and Greek accents, and Hebrew and Arabic points.

    Marks that make another letter are kept (Cyrillic short i, voiced kana), but not the dots of the Russian yo, which
    are usually omitted. `&` becomes `and`; symbols such as emojis are words. Text without words is not changed.
    """
    plain = plain_text(text)
    return words_of(plain) or visible(plain) or visible("".join(filter(str.isprintable, text)))


class _Characters(dict[int, str]):
    """A table for `str.translate` by character, else by Unicode category; other characters are kept."""

    def __init__(self, characters: Mapping[str, str], categories: Mapping[str, str]) -> None:
        super().__init__((ord(character), text) for some, text in characters.items() for character in some)
        self._categories = categories

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        text = self._categories.get(category, self._categories.get(category[0], chr(code)))
        self[code] = text
        return text


_POINTS: Final = (*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x640, *range(0x64B, 0x653), 0x670)
"""Optional Hebrew and Arabic points, and the stroke that stretches an Arabic word."""
_TO_PLAIN: Final = _Characters(
    {
        "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85": " ",
        "`\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc": "'",
        "\u201a\u201e": '"',
        "\xa9\xae\u2117\ufe0e\ufe0f": "",  # copyright signs, variation selectors
        "\xe6": "ae",
        "\u0153": "oe",
        "\xfe": "th",
        "\xf0\u0111": "d",
        "\u0127": "h",
        "\u0131": "i",
        "\u0142": "l",
        "\xf8": "o",
        "".join(map(chr, _POINTS)): "",
    },
    {"Pd": "-", "Ps": "(", "Pe": ")", "Pi": '"', "Pf": '"', "Z": " ", "Cc": "", "Cf": ""},
)
_TO_WORDS: Final = _Characters({"'": "", "&+": " and "}, {"P": " ", "Sc": " ", "Sk": " ", "Sm": " "})
_BEFORE_FOLDING: Final = {0xB4: "'", 0x2122: None}
"""A lone acute accent is an apostrophe; normalisation would turn the trade mark sign into letters."""
_ACCENTS: Final = re.compile(
    "(?:(?<=[a-z\u03b1-\u03c9])|(?<![^\\W_]))[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+|(?<=\u0435)\u0308"
)
"""Marks on Latin and Greek letters, marks without a letter, and the dots of the Russian yo."""
_BRACKETS: Final = dict.fromkeys(map(ord, " ()"))
_OVERLONG_RUN: Final = re.compile(r"([^\w\s]{32})[^\w\s]+")
"""Long runs of marks: Unicode normalisation sorts them in quadratic time."""
_ACRONYM: Final = re.compile(r"(?<![^\W\d_])([^\W\d_])\.(?=[^\W\d_](?![^\W\d_]))")
_STYLED: Final = re.compile(r"(?<![a-z$])\$+(?=[a-z])|(?<=[a-z])\$+|(?<=[a-z])!(?=[a-z])")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def plain_text(text: str) -> str:
    """Lower the case and map letters, dashes, brackets, quotes and spaces to one form each."""
    if text.isascii():
        text = text.lower().translate(_TO_PLAIN)
    else:
        text = _OVERLONG_RUN.sub(r"\1", text.translate(_BEFORE_FOLDING))
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text).translate(_TO_PLAIN)
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return " ".join(text.split())


def words_of(plain: str) -> str:
    """Return the words of plain text, separated by one space: `R.E.M.`, `Ke$ha` and `P!nk` are one word each."""
    if "." in plain:
        plain = _ACRONYM.sub(r"\1", plain)
    if "," in plain:
        plain = _THOUSANDS.sub("", plain)
    if "$" in plain or "!" in plain:
        plain = _STYLED.sub(lambda signs: signs[0].replace("$", "s").replace("!", "i"), plain)
    return " ".join(plain.translate(_TO_WORDS).split())


def visible(text: str) -> str:
    """Return the visible characters of text without words: `???`; brackets only if there is nothing else."""
    return text.translate(_BRACKETS) or text.replace(" ", "")
