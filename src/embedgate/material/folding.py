"""Normalise the spelling of names and titles."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from embedgate.material.word_lists import read_words, simplified_han

if TYPE_CHECKING:
    from collections.abc import Mapping


def fold(text: str) -> str:
    """Fold case, width, punctuation, white space, Latin and Greek accents, and Hebrew and Arabic points.

    Traditional Han becomes simplified Han, Arabic letters lose their hamza, digits become ASCII digits, and an
    article at the end moves to the start (`Matrix, The`). Marks that make another letter are kept (Cyrillic short i,
    voiced kana), but not the dots of the Russian yo, which are usually omitted. `&` becomes `and`; symbols such as
    emojis are words. Text without words is not changed.
    """
    plain = article_first(plain_text(text))
    return words_of(plain) or visible(plain) or visible("".join(filter(str.isprintable, text)))


class _Characters(dict[int, str]):
    """A table for `str.translate` by character, else by Unicode category; digits become ASCII, others are kept."""

    def __init__(self, characters: Mapping[str, str], categories: Mapping[str, str]) -> None:
        super().__init__((ord(character), text) for some, text in characters.items() for character in some)
        self._categories = categories

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        kept = str(unicodedata.decimal(chr(code))) if category == "Nd" else chr(code)
        text = self._categories.get(category, self._categories.get(category[0], kept))
        self[code] = text
        return text


_POINTS: Final = (*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x640, *range(0x64B, 0x660), 0x670)
"""Optional Hebrew and Arabic points, the hamza on a letter, and the stroke that stretches an Arabic word."""
_SPELLINGS: Final = {
    "".join(map(chr, _POINTS)): "",
    "\u0622\u0623\u0625\u0671": "\u0627",  # alef with madda, hamza or wasla
    "\u0624": "\u0648",
    "\u0626\u0649\u06cc\u06d2": "\u064a",  # yeh with hamza, without dots, and of Persian and Urdu
    "\u0629\u06c0\u06c1\u06c2\u06c3\u06d5": "\u0647",  # teh marbuta, and heh of Persian and Urdu
    "\u06a9": "\u0643",
} | simplified_han()
"""Spellings that differ by region or by care; Arabic as in the ArabicNormalizer and PersianNormalizer of Lucene."""
_TO_ONE_SPELLING: Final = {ord(character): text for some, text in _SPELLINGS.items() for character in some}
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
    }
    | _SPELLINGS,
    {"Pd": "-", "Ps": "(", "Pe": ")", "Pi": '"', "Pf": '"', "Z": " ", "Cc": "", "Cf": ""},
)
_TO_WORDS: Final = _Characters({"'": "", "&+": " and "}, {"P": " ", "Sc": " ", "Sk": " ", "Sm": " "})
_BEFORE_FOLDING: Final = {0xB4: "'", 0x2122: None, 0xFF5E: "-"}
"""A lone acute accent is an apostrophe, and the wide tilde of Japanese text a dash (on Windows, the code of the wave
dash); normalisation would turn the trade mark sign into letters."""
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
_ARTICLES: Final = sorted({article for articles in read_words("articles").values() for article in articles})
_ARTICLE_LAST: Final = re.compile(rf"(?<=.), ({'|'.join(_ARTICLES)})(?=$| ?\(| -)")


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


def unify_spelling(text: str) -> str:
    """Map Arabic letters and traditional Han to one form each, and drop Hebrew and Arabic points."""
    return text.translate(_TO_ONE_SPELLING)


def article_first(plain: str) -> str:
    """Move an article after a comma, at the end of plain text or before its first bracket, to the start."""
    found = _ARTICLE_LAST.search(plain) if ", " in plain else None
    if not found or "(" in plain[: found.start()] or " -" in plain[: found.start()]:
        return plain
    space = "" if found[1].endswith("'") else " "
    return found[1] + space + plain[: found.start()] + plain[found.end() :]


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
