"""A title as catalogues write it, read: which song it is, and which version of the song.

Two titles are copies where song and version are equal, versions of one song where only the song is. What a
suffix says about the release (radio edit, remaster, mono, soundtrack, guests) is dropped; what it says about
the recording (live, remix, demo, a language) is the version; what is neither belongs to the song. A suffix
stands in brackets or behind a dash, never first. In doubt two titles differ: a false copy costs a track.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_KINDS: Final = {
    word: kind
    for kind, words in {
        "acoustic": "acoustic acustica acustico acoustique",
        "alternate": "alternate alternative",
        "cover": "cover coverof",
        "demo": "demo demos",
        "instrumental": "instrumental instrumentals",
        "remix": "bootleg flip mashup reedit refix remix remixed remode rework rmx",
        "rerecorded": "rerecorded rerecording",
        "session": "recorded recording session sessions",
        "slowed": "reverb slowed",
        "sped up": "spedup",
        "take": "taken",
    }.items()
    for word in words.split()
} | {
    kind: kind
    for kind in _set(
        "acapella dub excerpt extended karaoke live lofi nightcore orchestral outtake piano rehearsal reimagined "
        "reprise stripped unplugged vip"
    )
}
"""Words that name a kind of recording, and so a version of the song, and the kind."""
_FORMS: Final = {"edit": "remix", "mix": "remix"} | dict.fromkeys(_set("cut edition ver version"), "version")
"""Words that name a version only with a word that tells which: `Club Mix`, `Spanish Version`."""
_RELEASE: Final = _set(
    "amended audio bonus bonustrack censored clean deluxe dirty edited expanded explicit hd hq lyric lyrics main "
    "mixed mono mv original ost remaster single soundtrack stereo uncensored unreleased video visualizer"
)
"""Words about the release: they are a suffix on their own, and no version."""
_FILLING: Final = _set(
    "album and complete digital ep full length lp music non official previously radio song standard track"
)
_KNOWN: Final = _RELEASE | _FILLING | _KINDS.keys() | _FORMS.keys()
_UNTOLD: Final = _set("a an at bonustrack by coverof explicit from in of on remaster the")
_UNTOLD_OF_MIXES: Final = _UNTOLD | _set("album original radio single")
"""Words that do not tell one version from another."""
_PLACING: Final = _set("at by from in on")
_ANYWHERE_BEHIND_DASH: Final = _set("live recorded recording remix session sessions")
_SUBTITLE_ENDS: Final = _set("extended live piano taken")
_BEFORE_SUBTITLE_END: Final = _set("for in my our take the this to under your")
"""Some brackets only seem to be suffixes: `(The Way We Live)`, `(In the Mix)`, `(Run for Cover)`."""

_PHRASES: Final = {
    r"(?:digital(?:ly)? )?re ?master(?!ing)\w*(?: version)?(?: in)?(?: (?:\d\d){1,2})?": "remaster",
    r"(?:\d\d){1,2} (?=(?:digital(?:ly)? )?re ?master)": "",
    r"\d+(?:st|nd|rd|th) anniversary|anniversary(?= (?:deluxe|edition|mix|re ?master|special|version))": "remaster",
    r"re (?=edit|imagin|mix|record|work)": "re",
    r"12 inch|long (?=edit|mix|version)": "extended ",
    r"7 inch": "single",
    r"(?:alternate|alternative) take": "alternate",
    r"(?:ao|dal|en|in) (?:concierto|directo|vivo)": "live",
    r"(?:as )?made famous by|originally (?:performed |recorded )?by|in the style of|cover of|tribute to": "coverof",
    r"a cap+ella|acappella": "acapella",
    r"bonus tracks?": "bonustrack",
    r"lo fi": "lofi",
    r"soundtrack version": "soundtrack",
    r"(?:sped|speed) up": "spedup",
    r"stripped back": "stripped",
    r"take (?=\d|one\b|two\b|three\b)": "taken ",
    r"(?:uk|us|usa) (?=album|edit|radio|single|version)": "",
}
"""Phrases, and what each is read as."""
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(f'({phrase})' for phrase in _PHRASES)})\b")
_READ_AS: Final = ("", *_PHRASES.values())

_GUEST: Final = re.compile(r"(?:feat|ft|featuring) \S")
_CREDIT: Final = re.compile(
    r"(?:feat|ft|featuring|prod|produced by|as (?:featured|heard) (?:in|on)|inspired by|(?:duet )?with(?! (?:"
    r"a|all|an|every|her|him|his|it|love|me|my|no|or|our|out|someone|that|these|this|u|us|ya|you|your)\b)) \S"
)
_TRAILING_GUEST: Final = re.compile(r" (?:feat(?! of\b)|featuring|(?<!\d )(?<!six )(?<!ten )ft) \S")
_SOURCE: Final = re.compile(
    r"""-[^\w"]*(?:music )?from\b|\(\W*(?:music )?from ?(?:(?:the (?:\w+ )*)?["']"""
    r"|.*\b(?:album|film|game|motion picture|movie|musical|ost|season|series|show|soundtrack|vault)\b)"
)
_PART: Final = re.compile(r"\b(?:pt|part) (?:([1-9]|one|two|three|four|five|six|i{2,3}|iv|vi{1,3}|ix)\b|(i|v|x)$)")
_NUMBERS: Final = {
    name: str(number)
    for names in ("one two three four five six", "i ii iii iv v vi vii viii ix x")
    for number, name in enumerate(names.split(), start=1)
}
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_YEAR_OF_REMASTER: Final = re.compile(r"(?<=\b\d{4})[ -]+(?=re-?master)")
_INCHES: Final = re.compile(r"""\b(7|10|12) ?(?:"|'')""")
_TOKEN: Final = re.compile(r'"[^"]*"|\(|\)| -')
_SEPARATOR: Final = re.compile("[;/]")


@dataclass(frozen=True, slots=True)
class Title:
    """What a title names.

    Attributes:
        song: canonical form, which all recordings of a song share; empty only where nothing of the title shows.
        version: "" for the plain recording, else what sets this one apart: `live:wembley 86`, `remix:tiesto`.
    """

    song: str
    version: str


def parse_title(title: str) -> Title:
    """Read a title, whatever it holds, in time linear in its length."""
    text = _plain(title)
    if not ("(" in text or " -" in text or "- " in text):
        return Title(_song(_words(text)) or fold(title), "")
    (opening, head), *rest = _pieces(text) or [("", text)]
    song, labels = [_song(_words(head))], set[str]()
    for place, (mark, piece) in enumerate(rest):
        # what goes on behind a leading bracket is no suffix: `(Sittin' On) The Dock of the Bay`
        goes_on = opening == "(" and not mark and not place
        left, named = (piece, frozenset[str]()) if goes_on else _suffix(piece, mark)
        if left:
            song.append(_song(_words(left)))
        labels.update(named)
    return Title(_song(" ".join(filter(None, song))) or _shown(head), "+".join(sorted(labels)))


def fold(text: str) -> str:
    """Fold away case, width, punctuation and white space, Latin and Greek accents, Hebrew and Arabic points.

    Marks that make another letter stay (Cyrillic short i, voiced kana), but not the dots of the Russian yo, which
    are mostly left out. `&` is `and`; symbols such as emojis are words. What is punctuation only stays as it is.
    """
    plain = _plain(text)
    return _words(plain) or _shown(plain) or _shown("".join(filter(str.isprintable, text)))


def _pieces(text: str) -> list[tuple[str, str]]:
    """Cut at dashes and outer brackets, quotes kept whole: each piece behind its `-` or `(`, or nothing."""
    if '"' in text or "''" in text:
        text = _INCHES.sub(r"\1 inch ", text)
    if "master" in text:
        text = _YEAR_OF_REMASTER.sub(" ", text)
    text = text.replace("(w/ ", "(with ").replace("- ", " - ")
    pieces = []
    mark, start, depth = "", 0, 0
    for token in _TOKEN.finditer(text):
        sign = token[0][-1]
        inside = depth
        if sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        if sign != '"' and not (inside and depth):
            pieces.append((mark, text[start : token.start()].strip()))
            mark, start = "" if sign == ")" else sign, token.end()
    pieces.append((mark, text[start:].strip()))
    return [(mark, piece) for mark, piece in pieces if piece.strip("() ")]


@lru_cache(maxsize=1 << 14)
def _suffix(text: str, mark: str) -> tuple[str, frozenset[str]]:
    """What of a suffix is part of the song, and the labels of the version it names."""
    if mark and _YEAR.fullmatch(text):
        return "", frozenset({f"version:{text}"})
    parts = {part: _read(part, mark) for part in _SEPARATOR.split(text)}
    if len(parts) > 1 and None in parts.values() and (_is_credit(text, mark) or _read(text, mark)):
        parts = {text: _read(text, mark)}
    left = " ".join(part for part, labels in parts.items() if labels is None)
    return left, frozenset[str]().union(*filter(None, parts.values()))


def _is_credit(text: str, mark: str) -> bool:
    """Whether it names guests, or the film a song is from."""
    return (_CREDIT if mark else _GUEST).match(_words(text)) is not None or _SOURCE.match(mark + text) is not None


def _read(text: str, mark: str) -> frozenset[str] | None:
    """Labels of one part of a suffix, none where it names no version; None where it is part of the song."""
    if _is_credit(text, mark):
        return frozenset()
    words = _without_guests(_words(text))
    tokens = _PHRASE.sub(lambda phrase: _READ_AS[phrase.lastindex or 0], words).split()
    known = all(token in _KNOWN or token.isdecimal() for token in tokens)
    telling = any(token in _KINDS or token in _FORMS or token in _RELEASE for token in tokens)
    return _labels(tokens, known=known) if telling and (known or _is_suffix(tokens, mark)) else None


def _is_suffix(tokens: list[str], mark: str) -> bool:
    """Whether words, some of them strange, make a suffix: by those at the ends; behind a dash less is asked."""
    first, second, last = tokens[0], tokens[1], tokens[-1]
    if not {"bonustrack", "coverof"}.isdisjoint(tokens) or not {first, last}.isdisjoint({"ost", "remaster"}):
        return True
    if first in _KINDS and (second in _PLACING or second in _KNOWN or (first == "live" and last.isdecimal())):
        return True
    if mark == "-" and not _ANYWHERE_BEHIND_DASH.isdisjoint(tokens):
        return True
    end = len(tokens) - 1
    while tokens[end] != "soundtrack" and (tokens[end] in _RELEASE or tokens[end].isdecimal()):
        end -= 1
    last = tokens[end]
    subtitle = last in _SUBTITLE_ENDS or (end > 1 and tokens[end - 1] in _BEFORE_SUBTITLE_END)
    return (last in _KINDS or last in _FORMS or last == "soundtrack") and (mark == "-" or not subtitle)


def _labels(tokens: list[str], *, known: bool) -> frozenset[str]:
    """Labels of a suffix: its kinds of recording, one of them with the words that tell it from others."""
    kinds = dict.fromkeys(_KINDS[token] for token in tokens if token in _KINDS)
    forms = [_FORMS[token] for token in tokens if token in _FORMS]
    others = [token for token in tokens if token not in _KINDS and token not in _FORMS]
    if known:
        telling = [token for token in others if token.isdecimal()]
    else:
        untold = _UNTOLD_OF_MIXES if kinds.keys().isdisjoint({"live", "session"}) else _UNTOLD
        telling = [token for token in others if token not in untold]
    if forms and telling and not kinds:
        dated_mix = forms[-1] == "remix" and all(map(_YEAR.fullmatch, telling))
        kinds = {} if dated_mix else {forms[-1]: None}
    elif "remix" in forms and telling and not known and "live" not in kinds:
        kinds["remix"] = None
    main = next((kind for kind in ("remix", "live", "session", "cover", *kinds) if kind in kinds), "")
    return frozenset(f"{kind}:{' '.join(telling)}" if telling and kind == main else kind for kind in kinds)


def _song(words: str) -> str:
    """Take guests off the end, and number parts alike: `Pt. II` is `part 2`."""
    words = _without_guests(words)
    return _PART.sub(lambda part: f"part {_NUMBERS.get(number := part[1] or part[2], number)}", words)


def _without_guests(words: str) -> str:
    guests = _TRAILING_GUEST.search(words, 1)
    return words[: guests.start()] if guests else words


class _Characters(dict[int, str]):
    """A table for `str.translate`: some characters, else by Unicode category; the others stay."""

    def __init__(self, characters: Mapping[str, str], categories: Mapping[str, str]) -> None:
        super().__init__((ord(character), text) for some, text in characters.items() for character in some)
        self._categories = categories

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        text = self._categories.get(category, self._categories.get(category[0], chr(code)))
        self[code] = text
        return text


_POINTS: Final = (*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x640, *range(0x64B, 0x653), 0x670)
"""Hebrew and Arabic points that most writers leave out, and the stroke that stretches an Arabic word."""
_TO_PLAIN: Final = _Characters(
    {
        "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85": " ",
        "`\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc": "'",
        "\u201a\u201e": '"',
        "\xa9\xae\u2117\ufe0e\ufe0f": "",  # signs of copyright, variation selectors
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
"""An acute accent alone is an apostrophe; the trade mark sign would become letters."""
_ACCENTS: Final = re.compile(
    "(?:(?<=[a-z\u03b1-\u03c9])|(?<![^\\W_]))[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+|(?<=\u0435)\u0308"
)
"""Those of Latin and Greek letters and of no letter, and the dots of the Russian yo."""
_BRACKETS: Final = dict.fromkeys(map(ord, " ()"))
_OVERLONG_RUN: Final = re.compile(r"([^\w\s]{32})[^\w\s]+")
"""Piled-up marks, which normalization would take quadratic time to sort."""
_ACRONYM: Final = re.compile(r"(?<![^\W\d_])([^\W\d_])\.(?=[^\W\d_](?![^\W\d_]))")
_STYLED: Final = re.compile(r"(?<![a-z$])\$+(?=[a-z])|(?<=[a-z])\$+|(?<=[a-z])!(?=[a-z])")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def _plain(text: str) -> str:
    """Bring letters, dashes, brackets, quotes and spaces to one form each."""
    if text.isascii():
        text = text.lower().translate(_TO_PLAIN)
    else:
        text = _OVERLONG_RUN.sub(r"\1", text.translate(_BEFORE_FOLDING))
        text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text).translate(_TO_PLAIN)
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return " ".join(text.split())


def _words(plain: str) -> str:
    """Words of plain text, one space between them: `R.E.M.` is one, and so are `Ke$ha` and `P!nk`."""
    if "." in plain:
        plain = _ACRONYM.sub(r"\1", plain)
    if "," in plain:
        plain = _THOUSANDS.sub("", plain)
    if "$" in plain or "!" in plain:
        plain = _STYLED.sub(lambda signs: signs[0].replace("$", "s").replace("!", "i"), plain)
    return " ".join(plain.translate(_TO_WORDS).split())


def _shown(text: str) -> str:
    """What is left to tell titles without words apart: `???`, or brackets if there is nothing else."""
    return text.translate(_BRACKETS) or text.replace(" ", "")
