"""The words of playlist names, as `[genres]` matches them."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from embedgate.material.genre_tags import split_camel_case
from embedgate.material.genre_words import fold_name
from embedgate.material.scripts import HAN, KATAKANA, is_spaceless
from embedgate.material.word_lists import read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PIECE: Final = re.compile(r"[^\W_]+")
_KATAKANA: Final = re.compile(f"[{KATAKANA}]+")
_HAN: Final = re.compile(f"[{HAN}]+")
_LONGEST_HAN: Final = 4
_PART: Final = 0.9
_ABOUT_LISTS: Final = {fold_name(word) for words in read_words("about_lists").values() for word in words}


Spellings = tuple[str, ...]


def playlists_with(names: Sequence[str]) -> dict[Spellings, list[int]]:
    """Return the numbers of the names that contain each word, ascending; the most frequent words first.

    Words of the same letters are spellings of one word (`hip hop`, `hip-hop`); a spelling that adds no name is left
    out. Of a word that is nearly always beside the same other one, the pair is kept if that is true of both (`hip
    hop`), else the word alone (`rap`, not `of rap`). A word has at least two characters and a letter: a year is none.
    Words about playlists, such as `best` and `my`, are left out, as are pairs with one of them or with a number.
    """
    of_spelling: defaultdict[str, list[int]] = defaultdict(list)
    cached: dict[str, frozenset[str]] = {}
    for number, name in enumerate(names):
        if name not in cached:
            cached[name] = words_of_name(name)
        for word in cached[name]:
            of_spelling[word].append(number)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(of_spelling, key=lambda word: (-len(of_spelling[word]), word)):
        alike[_letters(word)].append(word)
    found: dict[str, tuple[Spellings, list[int]]] = {}
    for text, words in alike.items():
        spellings, numbers = list[str](), set[int]()
        for word in words:
            if not numbers.issuperset(of_spelling[word]):
                spellings.append(word)
                numbers.update(of_spelling[word])
        found[text] = tuple(spellings), sorted(numbers)
    found = {text: each for text, each in found.items() if not _is_about_lists(each[0][0])}
    redundant = set(_redundant(found))
    kept = [each for text, each in found.items() if text not in redundant]
    return dict(sorted(kept, key=lambda each: (-len(each[1]), each[0])))


def _redundant(found: Mapping[str, tuple[Spellings, Sequence[int]]]) -> Iterator[str]:
    """Yield the letters of words that are nearly always in one pair (`hip`), and of pairs around one (`of rap`)."""
    for text, (spellings, numbers) in found.items():
        pieces = set(_PIECE.findall(spellings[0])) - {text}
        bound = {piece for piece in pieces if piece in found and len(numbers) >= _PART * len(found[piece][1])}
        if bound and bound == pieces:
            yield from bound
        elif bound:
            yield text


def _is_about_lists(word: str) -> bool:
    return any(piece in _ABOUT_LISTS or piece.isdecimal() for piece in _PIECE.findall(word))


def words_of_name(name: str) -> frozenset[str]:
    """Return the words of a name and pairs of adjacent ones, folded: `hip hop`, `hip-hop`, `r&b`, `rock`."""
    split = split_camel_case(name)
    texts = {fold_name(name), fold_name(split)}
    words = (word for text in texts for word in _words(text.replace("_", " ")))
    return frozenset(word for word in words if len(word) > 1 and any(map(str.isalpha, word)))


def _letters(word: str) -> str:
    """Return the letters and digits of a word alone: `hiphop` for `hip hop` and `hip-hop`."""
    return "".join(_PIECE.findall(word))


def _words(text: str) -> Iterator[str]:
    before = ""
    for chunk in text.split():
        places = [found.span() for found in _PIECE.finditer(chunk)]
        for start, end in places:
            yield from _of_piece(chunk[start:end])
        for (start, _), (_, end) in pairwise(places):
            yield chunk[start:end]
        if before and places and not places[0][0]:
            yield f"{before} {chunk[: places[0][1]]}"
        before = chunk[slice(*places[-1])] if places and places[-1][1] == len(chunk) else ""


def _of_piece(piece: str) -> Iterator[str]:
    """Yield the word; in scripts without spaces, also runs of katakana and short parts of runs of Han."""
    yield piece
    if any(map(is_spaceless, piece)):
        yield from _KATAKANA.findall(piece)
        for run in _HAN.findall(piece):
            for length in range(2, _LONGEST_HAN + 1):
                yield from (run[start : start + length] for start in range(len(run) - length + 1))
