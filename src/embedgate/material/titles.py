"""Parse a title as catalogues write it into a song and the version of the song.

Two titles are duplicates if song and version are equal, and versions of one song if only the song is equal. A suffix
is in brackets or after a dash, never at the start. Words about the release (radio edit, remaster, mono, soundtrack,
guests) are dropped; words about the recording (live, remix, demo, a language) are the version; all other words belong
to the song. If in doubt, two titles are treated as different, since a false duplicate costs a track. These words
belong to music: titles of other items (`TV 55 - HD`) are only folded. `words/versions.toml` lists the words, in the
languages of the largest music markets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from embedgate.material.folding import article_first, fold, plain_text, visible, words_of
from embedgate.material.translated_words import Translator
from embedgate.material.word_lists import read_words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS: Final = read_words("versions")
_KINDS: Final = {word: kind for kind, words in _WORDS["kinds"].items() for word in words.split()}
"""Words that name a kind of recording, and so a version of the song, by word."""
_FORMS: Final = {word: kind for kind, words in _WORDS["forms"].items() for word in words.split()}
"""Words that name a version only with a distinguishing word: `Club Mix`, `Spanish Version`."""
_RELEASE: Final = _set(_WORDS["other"]["release"])
"""Words about the release: they form a suffix on their own, but do not name a version."""
_KNOWN: Final = _RELEASE | _set(_WORDS["other"]["filling"]) | _KINDS.keys() | _FORMS.keys()
_COMMON: Final = _set(_WORDS["common"]["everywhere"])
_COMMON_IN_MIXES: Final = _COMMON | _set(_WORDS["common"]["in_mixes"])
"""Words that do not distinguish versions."""
_PREPOSITIONS: Final = _set(_WORDS["suffixes"]["prepositions"])
_ANYWHERE_AFTER_DASH: Final = _set(_WORDS["suffixes"]["anywhere_after_dash"])
_SUBTITLE_ENDS: Final = _set(_WORDS["suffixes"]["subtitle_ends"])
_BEFORE_SUBTITLE_END: Final = _set(_WORDS["suffixes"]["before_subtitle_end"])
"""Subtitles that look like suffixes: `(The Way We Live)`, `(In the Mix)`, `(Run for Cover)`."""

_PHRASES: Final[dict[str, str]] = _WORDS["phrases"]
"""Phrases as regular expressions, and the words that replace them."""
_TO_ENGLISH: Final = Translator(_WORDS["translated"].values(), alone=_WORDS["alone"].values(), known=_KNOWN)
_PHRASE: Final = re.compile(rf"\b(?:{'|'.join(f'({phrase})' for phrase in _PHRASES)})\b")
_REPLACEMENTS: Final = ("", *_PHRASES.values())

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


Versions = Literal["music", "none"]
"""Whose words for versions titles contain."""


@dataclass(frozen=True, slots=True)
class Title:
    """A parsed title.

    Attributes:
        song: canonical form, shared by all recordings of the song; empty only if the title has no visible character.
        version: "" for the plain recording, else the labels that distinguish it: `live:wembley 86`, `remix:tiesto`.
    """

    song: str
    version: str


def parse_title(title: str, versions: Versions = "music") -> Title:
    """Parse any text, in time linear in its length.

    Args:
        title: as the catalogue writes it.
        versions: `none`: the title is of no recording, and all its words belong to the item.
    """
    if versions == "none":
        return Title(fold(title), "")
    text = article_first(plain_text(title))
    if not ("(" in text or " -" in text or "- " in text):
        return Title(_song(words_of(text)) or fold(title), "")
    (opening, head), *rest = _pieces(text) or [("", text)]
    song, labels = [_song(words_of(head))], set[str]()
    for place, (mark, piece) in enumerate(rest):
        # text after a leading bracket is not a suffix: `(Sittin' On) The Dock of the Bay`
        continued = opening == "(" and not mark and not place
        of_song, found = (piece, frozenset[str]()) if continued else _parse_suffix(piece, mark)
        if of_song:
            song.append(_song(words_of(of_song)))
        labels.update(found)
    return Title(_song(" ".join(filter(None, song))) or visible(head), "+".join(sorted(labels)))


def _pieces(text: str) -> list[tuple[str, str]]:
    """Split at dashes and outer brackets, not within quotes; return each piece with its `-`, `(` or "" before it."""
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
def _parse_suffix(text: str, mark: str) -> tuple[str, frozenset[str]]:
    """Return the part of a suffix that belongs to the song, and the labels of its version."""
    if mark and _YEAR.fullmatch(text):
        return "", frozenset({f"version:{text}"})
    parts = {part: _labels_of(part, mark) for part in _SEPARATOR.split(text)}
    if (
        len(parts) > 1
        and None in parts.values()
        and (_is_credit(text, _english(text), mark) or _labels_of(text, mark))
    ):
        parts = {text: _labels_of(text, mark)}
    of_song = " ".join(part for part, labels in parts.items() if labels is None)
    return of_song, frozenset[str]().union(*filter(None, parts.values()))


def _english(text: str) -> str:
    """Return the words of text, those for versions and releases in English."""
    return _TO_ENGLISH(words_of(text))


def _is_credit(text: str, words: str, mark: str) -> bool:
    """Return whether text names guests, or the film that a song is from."""
    credit = _CREDIT if mark else _GUEST
    return credit.match(words) is not None or _SOURCE.match(mark + text) is not None


def _labels_of(text: str, mark: str) -> frozenset[str] | None:
    """Return the labels of one part of a suffix, none if it names no version; None if it belongs to the song."""
    words = _english(text)
    if _is_credit(text, words, mark):
        return frozenset()
    words = _without_guests(words)
    tokens = _PHRASE.sub(lambda phrase: _REPLACEMENTS[phrase.lastindex or 0], words).split()
    known = all(token in _KNOWN or token.isdecimal() for token in tokens)
    names_version = any(token in _KINDS or token in _FORMS or token in _RELEASE for token in tokens)
    return _labels(tokens, known=known) if names_version and (known or _is_suffix(tokens, mark)) else None


def _is_suffix(tokens: list[str], mark: str) -> bool:
    """Return whether words, some of them unknown, are a suffix; after a dash the rules are less strict."""
    first, second, last = tokens[0], tokens[1], tokens[-1]
    if (
        first == "inconcert"
        or not {"bonustrack", "coverof"}.isdisjoint(tokens)
        or not {first, last}.isdisjoint({"ost", "remaster"})
    ):
        return True
    if first in _KINDS and (second in _PREPOSITIONS or second in _KNOWN or (first == "live" and last.isdecimal())):
        return True
    if mark == "-" and not _ANYWHERE_AFTER_DASH.isdisjoint(tokens):
        return True
    end = len(tokens) - 1
    while tokens[end] != "soundtrack" and (tokens[end] in _RELEASE or tokens[end].isdecimal()):
        end -= 1
    last = tokens[end]
    subtitle = last in _SUBTITLE_ENDS or (end > 1 and tokens[end - 1] in _BEFORE_SUBTITLE_END)
    return (last in _KINDS or last in _FORMS or last == "soundtrack") and (mark == "-" or not subtitle)


def _labels(tokens: list[str], *, known: bool) -> frozenset[str]:
    """Return the kinds of recording that a suffix names, the main one with its distinguishing words."""
    kinds = dict.fromkeys(_KINDS[token] for token in tokens if token in _KINDS)
    forms = [_FORMS[token] for token in tokens if token in _FORMS]
    others = [token for token in tokens if token not in _KINDS and token not in _FORMS]
    if known:
        distinguishing = [token for token in others if token.isdecimal()]
    else:
        common = _COMMON_IN_MIXES if kinds.keys().isdisjoint({"live", "session"}) else _COMMON
        distinguishing = [token for token in others if token not in common]
    if forms and distinguishing and not kinds:
        dated_mix = forms[-1] == "remix" and all(map(_YEAR.fullmatch, distinguishing))
        kinds = {} if dated_mix else {forms[-1]: None}
    elif "remix" in forms and distinguishing and not known and "live" not in kinds:
        kinds["remix"] = None
    main = next((kind for kind in ("remix", "live", "session", "cover", *kinds) if kind in kinds), "")
    words = " ".join(distinguishing)
    return frozenset(f"{kind}:{words}" if words and kind == main else kind for kind in kinds)


def _song(words: str) -> str:
    """Drop trailing guests, and write part numbers in one form: `Pt. II` becomes `part 2`."""
    words = _without_guests(words)
    return _PART.sub(lambda part: f"part {_NUMBERS.get(number := part[1] or part[2], number)}", words)


def _without_guests(words: str) -> str:
    guests = _TRAILING_GUEST.search(words, 1)
    return words[: guests.start()] if guests else words
