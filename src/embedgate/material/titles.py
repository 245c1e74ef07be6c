"""Parse a title as catalogues write it into a song and the version of the song.

Two titles are duplicates if song and version are equal, and versions of one song if only the song is equal. A suffix
is in brackets or after a dash, never at the start. Words about the release (radio edit, remaster, mono, soundtrack,
guests) are dropped; words about the recording (live, remix, demo, a language) are the version; all other words belong
to the song. If in doubt, two titles are treated as different, since a false duplicate costs a track.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from embedgate.material.folding import fold, plain_text, visible, words_of


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
"""Words that name a kind of recording, and so a version of the song, by word."""
_FORMS: Final = {"edit": "remix", "mix": "remix"} | dict.fromkeys(_set("cut edition ver version"), "version")
"""Words that name a version only with a distinguishing word: `Club Mix`, `Spanish Version`."""
_RELEASE: Final = _set(
    "amended audio bonus bonustrack censored clean deluxe dirty edited expanded explicit hd hq lyric lyrics main "
    "mixed mono mv original ost remaster single soundtrack stereo uncensored unreleased video visualizer"
)
"""Words about the release: they form a suffix on their own, but do not name a version."""
_FILLING: Final = _set(
    "album and complete digital ep full length lp music non official previously radio song standard track"
)
_KNOWN: Final = _RELEASE | _FILLING | _KINDS.keys() | _FORMS.keys()
_COMMON: Final = _set("a an at bonustrack by coverof explicit from in of on remaster the")
_COMMON_IN_MIXES: Final = _COMMON | _set("album original radio single")
"""Words that do not distinguish versions."""
_PREPOSITIONS: Final = _set("at by from in on")
_ANYWHERE_AFTER_DASH: Final = _set("live recorded recording remix session sessions")
_SUBTITLE_ENDS: Final = _set("extended live piano taken")
_BEFORE_SUBTITLE_END: Final = _set("for in my our take the this to under your")
"""Subtitles that look like suffixes: `(The Way We Live)`, `(In the Mix)`, `(Run for Cover)`."""

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
"""Phrases, and the words that replace them."""
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


@dataclass(frozen=True, slots=True)
class Title:
    """A parsed title.

    Attributes:
        song: canonical form, shared by all recordings of the song; empty only if the title has no visible character.
        version: "" for the plain recording, else the labels that distinguish it: `live:wembley 86`, `remix:tiesto`.
    """

    song: str
    version: str


def parse_title(title: str) -> Title:
    """Parse any text, in time linear in its length."""
    text = plain_text(title)
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
    if len(parts) > 1 and None in parts.values() and (_is_credit(text, mark) or _labels_of(text, mark)):
        parts = {text: _labels_of(text, mark)}
    of_song = " ".join(part for part, labels in parts.items() if labels is None)
    return of_song, frozenset[str]().union(*filter(None, parts.values()))


def _is_credit(text: str, mark: str) -> bool:
    """Return whether text names guests, or the film that a song is from."""
    credit = _CREDIT if mark else _GUEST
    return credit.match(words_of(text)) is not None or _SOURCE.match(mark + text) is not None


def _labels_of(text: str, mark: str) -> frozenset[str] | None:
    """Return the labels of one part of a suffix, none if it names no version; None if it belongs to the song."""
    if _is_credit(text, mark):
        return frozenset()
    words = _without_guests(words_of(text))
    tokens = _PHRASE.sub(lambda phrase: _REPLACEMENTS[phrase.lastindex or 0], words).split()
    known = all(token in _KNOWN or token.isdecimal() for token in tokens)
    names_version = any(token in _KINDS or token in _FORMS or token in _RELEASE for token in tokens)
    return _labels(tokens, known=known) if names_version and (known or _is_suffix(tokens, mark)) else None


def _is_suffix(tokens: list[str], mark: str) -> bool:
    """Return whether words, some of them unknown, are a suffix; after a dash the rules are less strict."""
    first, second, last = tokens[0], tokens[1], tokens[-1]
    if not {"bonustrack", "coverof"}.isdisjoint(tokens) or not {first, last}.isdisjoint({"ost", "remaster"}):
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
