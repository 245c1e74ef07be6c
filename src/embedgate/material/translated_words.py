"""Replace words of other languages by the English words that a parser knows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from embedgate.material.folding import plain_text, words_of
from embedgate.material.scripts import ENDS_SYLLABLE, HAN, KATAKANA, STARTS_SYLLABLE, is_spaceless

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    _Words = Mapping[str, Sequence[str]]

_KATAKANA_LETTER = re.compile(f"[{KATAKANA}]")
_SHORTEST_PART = 3


class Translator:
    """Replaces whole words and phrases, and the parts of compounds (`Liveversion`, `라이브버전`).

    A compound is split only if it consists of known words and digits. A run of katakana is a word; words in other
    scripts without spaces are found anywhere.

    Args:
        languages: words and phrases by the English word that they mean, for each language.
        alone: the same for words that are replaced only as a whole, not as a part of a compound or a run of Han.
        known: English words, which are parts of compounds too.
    """

    def __init__(self, languages: Iterable[_Words], alone: Iterable[_Words], known: Collection[str]) -> None:
        self._alone = _english_of(alone)
        self._english = {word: word for word in known if len(word) >= _SHORTEST_PART} | _english_of(languages)
        phrases = [word for word in self._english if " " in word]
        katakana = [word for word in self._english if _KATAKANA_LETTER.match(word)]
        spaceless = [word for word in self._english if is_spaceless(word[0]) and word not in katakana]
        spaced = [word for word in self._english if not is_spaceless(word[0]) and " " not in word]
        letter = rf"[^\W\d_{KATAKANA}{HAN}]"
        self._first_of_phrases = frozenset(phrase.split()[0] for phrase in phrases)
        self._phrase = re.compile(rf"(?<!\S)(?:{_any_of(phrases)})(?!\S)")
        self._part = re.compile(_any_of(self._english))
        self._found = re.compile(
            rf"(?<!{letter})(?>(?:{_any_of(spaced)})+)(?!{letter}){ENDS_SYLLABLE}"
            rf"|(?<![{KATAKANA}])(?>(?:{_any_of(katakana)})+)(?![{KATAKANA}])"
            rf"|{STARTS_SYLLABLE}(?:{_any_of(spaceless)}){ENDS_SYLLABLE}"
        )
        self._word = lru_cache(maxsize=1 << 14)(self._translate_word)

    def __call__(self, words: str) -> str:
        """Return folded words with all known words in English."""
        if not self._first_of_phrases.isdisjoint(words.split()):
            words = self._phrase.sub(lambda phrase: self._english[phrase[0]], words)
        return " ".join(word if word.isdecimal() else self._word(word) for word in words.split())

    def _translate_word(self, word: str) -> str:
        whole = self._english.get(word) or self._alone.get(word)
        if whole:
            return whole
        return " ".join(self._found.sub(self._translate_parts, word).split())

    def _translate_parts(self, found: re.Match[str]) -> str:
        return f" {self._part.sub(lambda part: f' {self._english[part[0]]} ', found[0])} "


def _english_of(languages: Iterable[_Words]) -> dict[str, str]:
    return {
        words_of(plain_text(word)): english
        for language in languages
        for english, words in language.items()
        for word in words
    }


def _any_of(words: Iterable[str]) -> str:
    """Match the longest of the words first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
