"""Match genre words in playlist names of any script.

A word of a script with spaces matches as a whole word: `rock` is not in `rocket`. A word of a script without spaces
matches anywhere (`ロック` in `ロック名曲`), except within the longer words of `words/longer.toml` (`ラップ` in
`トラップ`). Arabic words may have conjunctions, prepositions and the article in front (`طرب` in `والطرب`), Korean
words a particle behind (`록` in `록의`, but not in `록음악` or `목록`); see `words/attached.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from embedgate.material.folding import unify_spelling
from embedgate.material.scripts import (
    ENDS_SYLLABLE,
    HANGUL,
    SPACELESS,
    STARTS_SYLLABLE,
    is_arabic,
    is_hangul,
    is_spaceless,
)
from embedgate.material.word_lists import read_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_NOTHING: Final = r"(?!)"
_LETTER: Final = rf"[^\W_{SPACELESS}{HANGUL}]"
"""A letter or digit that forms words with its neighbours; next to another script, a word ends."""
_ATTACHED: Final = read_words("attached")
_MIN_BARE: Final = 3  # letters


def fold_name(text: str) -> str:
    """Fold case, width, Arabic spelling and traditional Han; keep accents and punctuation."""
    if text.isascii():
        return text.casefold()
    return unify_spelling(unicodedata.normalize("NFKC", text).casefold())


_LONGER: Final = sorted({fold_name(word) for words in read_words("longer").values() for word in words})


def genre_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Match any of the words in a folded name; underscores and punctuation separate words."""
    folded = list(filter(None, (" ".join(fold_name(word).split()) for word in words)))
    alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for word in folded:
        alike[_left_end(word), _right_end(word, folded)].append(_text(word))
    forms = (f"{left}(?:{'|'.join(texts)}){right}" for (left, right), texts in alike.items())
    return re.compile("|".join(forms) or _NOTHING)


def ascii_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Match any of the words in a folded name of ASCII characters alone; faster than `genre_pattern`."""
    texts = [_text(word) for word in map(fold_name, words) if word.isascii() and word.strip()]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(texts)})(?![^\W_])" if texts else _NOTHING)


def _text(word: str) -> str:
    return r"\s+".join(
        (_arabic_prefixes(part) if is_arabic(part[0]) else "") + re.escape(part) for part in word.split()
    )


def _left_end(word: str) -> str:
    if is_spaceless(word[0]):
        return STARTS_SYLLABLE
    if is_hangul(word[0]):
        return f"(?<![{HANGUL}])"
    return f"(?<!{_LETTER})"


def _right_end(word: str, configured: Collection[str]) -> str:
    if is_spaceless(word[-1]):
        return ENDS_SYLLABLE + _outside_longer_words(word, configured)
    if is_hangul(word[-1]):
        consonant = (ord(word[-1]) - ord("가")) % 28 > 0  # syllables are ordered by their last consonant, 0 is none
        own = _ATTACHED["korean"]["after_consonant" if consonant else "after_vowel"]
        return f"(?:{_any_of([*own, *_ATTACHED['korean']['after_both']])})?(?![{HANGUL}])"
    return f"(?!{_LETTER}){ENDS_SYLLABLE}"


def _arabic_prefixes(word: str) -> str:
    """Match the conjunctions, prepositions and articles that may precede a word, or none."""
    given = _ATTACHED["arabic"]
    conjunction = f"(?:{_any_of(given['conjunctions'])})?"
    prefixes = [*(prefix + given["article"] for prefix in given["prepositions"]), given["article"], given["to_the"]]
    if len(word) < _MIN_BARE:
        return f"(?:{conjunction}(?:{_any_of(prefixes)}))?"
    return f"{conjunction}(?:{_any_of([*prefixes, *given['bare']])})?"


def _outside_longer_words(word: str, configured: Collection[str]) -> str:
    """Reject a match that is a part of a longer word, unless that word is configured too."""
    guards = []
    for longer in _LONGER:
        if longer in configured:
            continue
        for found in re.finditer(f"(?={re.escape(word)})", longer):
            end = found.start() + len(word)
            guards.append(f"(?!(?<={re.escape(longer[:end])}){re.escape(longer[end:])})")
    return "".join(guards)


def _any_of(parts: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(parts, key=lambda part: (-len(part), part))))
