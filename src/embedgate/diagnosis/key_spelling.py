"""Find how one side of a join writes its keys differently: `101631.0` and `101631`, `spotify:track:x` and `x`.

All steps that unify spellings are applied to both sides. Steps without which as many keys match are then dropped, so
that only those that are necessary remain. Only keys that are missing on the other side take part: a rare variant of a
key that both sides have is no other spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\xad"))
_SEPARATORS: Final = re.compile(r"[\s_\-/:.|,;+]+")
_BYTES: Final = re.compile(r"""b(['"])(.*)\1""", re.DOTALL)
_QUOTED: Final = re.compile(r"""(['"])(.*)\1""", re.DOTALL)
_WHOLE: Final = re.compile(r"[0-9]+\.0*|[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_VOTERS, _VOTES = 300, 0.5  # keys that vote on an affix, and the share that has to agree
_MAX_AFFIX = 60
_FEWER = 0.99  # a step is dropped if at least this share of the matches remains without it
_MORE = 1.05  # an affix is removed only if more keys match by this factor
_ALMOST_ALL = 0.9  # of the keys of the smaller side; then no affix is looked for
_SEARCHED = 20_000  # keys on which steps are found
_TRIED = 2_000  # pairs on which steps are tried


@dataclass(frozen=True, slots=True)
class Step:
    """A step that unifies spellings.

    Attributes:
        name: what it does, after "after": "folding case".
        apply: return a key in the unified spelling.
        is_type: whether the two spellings are those of different types.
    """

    name: str
    apply: Callable[[str], str]
    is_type: bool = False


@dataclass(frozen=True, slots=True)
class Respelling:
    """How two sides match.

    Attributes:
        steps: what has to be done to both sides, in a few words each.
        pairs: keys that match after it, left by right, in the order of the right side; one for each unified key.
        is_type: whether the two sides write different types.
    """

    steps: tuple[str, ...]
    pairs: Mapping[str, str]
    is_type: bool


def respelling(left: Sequence[str], right: Sequence[str]) -> Respelling | None:
    """Find the fewest steps after which the most keys match; None if no key matches after all of them.

    Args:
        left: keys that are missing on the right.
        right: keys that are missing on the left, the most important first: steps are found on the first ones.
    """
    searched = right[:_SEARCHED]
    unified = _unified(left, STEPS), _unified(searched, STEPS)
    best, steps = _paired(left, searched, *unified), STEPS
    if len(best) < _ALMOST_ALL * min(len(left), len(searched)):
        for affix in _affixes((left, searched), unified):
            found = _matched(left, searched, (affix, *STEPS))
            if len(found) > _MORE * len(best):
                best, steps = found, (affix, *STEPS)
    if not best:
        return None
    steps = _necessary(best, steps)
    pairs = _matched(left, right, steps)
    return Respelling(
        tuple(_named(step, pairs) for step in steps), pairs, is_type=any(step.is_type for step in steps)
    )


def _matched(left: Sequence[str], right: Sequence[str], steps: Sequence[Step]) -> dict[str, str]:
    """Return the left key by right key of all that match; one pair for each unified key."""
    return _paired(left, right, _unified(left, steps), _unified(right, steps))


def _paired(
    left: Sequence[str], right: Sequence[str], unified_left: Sequence[str], unified_right: Sequence[str]
) -> dict[str, str]:
    first = dict(zip(reversed(unified_left), reversed(left), strict=True))
    first.pop("", None)
    pairs = {}
    for key, unified in zip(right, unified_right, strict=True):
        found = first.pop(unified, None)
        if found is not None:
            pairs[key] = found
    return pairs


def _unified(keys: Sequence[str], steps: Sequence[Step]) -> list[str]:
    unified = list(keys)
    for step in steps:
        unified = list(map(step.apply, unified))
    return unified


def _necessary(pairs: Mapping[str, str], steps: Sequence[Step]) -> tuple[Step, ...]:
    """Drop the steps without which the pairs match too, the last first."""
    tried = dict(list(pairs.items())[:_TRIED])
    kept = list(steps)
    for step in reversed(steps):
        fewer = [each for each in kept if each is not step]
        if len(_matched(list(tried.values()), list(tried), fewer)) >= _FEWER * len(tried):
            kept = fewer
    return tuple(kept)


# -- steps --


def _without_quotes(key: str) -> str:
    found = _QUOTED.fullmatch(key) if key[:1] in ("'", '"') else None
    return found[2] if found else key


def _without_bytes(key: str) -> str:
    found = _BYTES.fullmatch(key) if key[:2] in ("b'", 'b"') else None
    return found[2] if found else key


def _as_integer(key: str) -> str:
    if not key[:1].isdecimal() or not _WHOLE.fullmatch(key):
        return key
    value = float(key)
    # the digits are kept where a float has too few
    return key.partition(".")[0] if "e" not in key.casefold() else f"{value:.0f}" if value.is_integer() else key


def _without_accents(key: str) -> str:
    if key.isascii():
        return key
    marks = (each for each in unicodedata.normalize("NFD", key) if unicodedata.category(each) != "Mn")
    return unicodedata.normalize("NFC", "".join(marks))


def _without_superfluous_space(key: str) -> str:
    return " ".join((key if key.isascii() else key.translate(_INVISIBLE)).split())


_SPACE = Step("removing superfluous white space", _without_superfluous_space)
_SEPARATOR = Step("unifying separators", lambda key: _SEPARATORS.sub(" ", key).strip())
STEPS: Final[tuple[Step, ...]] = (
    Step("reading b'...' as text", _without_bytes, is_type=True),
    Step("removing quotation marks", _without_quotes),
    Step("decoding percent escapes", lambda key: unquote(key) if "%" in key else key),
    Step("decoding HTML entities", lambda key: unescape(key) if "&" in key else key),
    _SPACE,
    Step("Unicode normalization (NFC)", lambda key: key if key.isascii() else unicodedata.normalize("NFC", key)),
    Step("Unicode normalization (NFKC)", lambda key: key if key.isascii() else unicodedata.normalize("NFKC", key)),
    Step("reading decimal numbers as integers", _as_integer, is_type=True),
    Step("removing leading zeros", lambda key: (key.lstrip("0") or "0") if key.isdecimal() else key),
    Step("folding case", str.casefold),
    Step("removing accents", _without_accents),
    _SEPARATOR,
)
"""The steps, the mildest first within a kind. The last are the first to be dropped."""
_LAST_PART = Step("keeping the part after the last : or /", lambda key: re.split(r"[:/]", key.rstrip("/"))[-1] or key)


def _named(step: Step, pairs: Mapping[str, str]) -> str:
    """Return what a step does; of separators, also the most frequent difference."""
    if step is not _SEPARATOR:
        return step.name
    seen: Counter[tuple[str, str]] = Counter()
    for right, left in pairs.items():
        both = zip(_SEPARATORS.findall(left), _SEPARATORS.findall(right), strict=False)
        seen.update(each for each in both if each[0] != each[1])
    if not seen:
        return step.name
    (left, right), _ = seen.most_common(1)[0]
    return f"{step.name} ({left!r} and {right!r})"


def _affixes(sides: tuple[Sequence[str], Sequence[str]], unified: tuple[Sequence[str], Sequence[str]]) -> list[Step]:
    """Return steps that remove a prefix or a suffix which most keys of one side have in addition.

    Args:
        sides: keys of both sides.
        unified: the same keys after all steps.
    """
    found = []
    for keys, others in zip(sides, reversed(unified), strict=True):
        known = set(others)
        found += [_affix(keys, known, is_prefix=is_prefix) for is_prefix in (True, False)]
    return [*filter(None, found), _LAST_PART]


def _affix(keys: Sequence[str], others: Collection[str], *, is_prefix: bool) -> Step | None:
    """Return the step that removes the affix on which most keys agree; None if they do not agree on one.

    A boundary is required, so that the integers 11 and 1 do not match by the prefix 1.

    Args:
        keys: of one side.
        others: unified keys of the other side.
        is_prefix: a prefix, or a suffix.
    """
    votes: Counter[str] = Counter()
    voters = keys[:: max(1, len(keys) // _VOTERS)]
    for key in voters:
        for cut in range(1, min(len(key), _MAX_AFFIX)):
            affix, rest = (key[:cut], key[cut:]) if is_prefix else (key[-cut:], key[:-cut])
            inner, outer = (affix[-1], rest[0]) if is_prefix else (affix[0], rest[-1])
            at_boundary = not inner.isalnum() or (inner.isalpha() and outer.isdecimal())
            if at_boundary and _unified([rest], STEPS)[0] in others:
                votes[affix] += 1
    affix, agreed = votes.most_common(1)[0] if votes else ("", 0)
    if agreed < max(1, _VOTES * len(voters)):
        return None
    if is_prefix:
        return Step(f"removing the prefix {affix!r}", lambda key: key.removeprefix(affix))
    return Step(f"removing the suffix {affix!r}", lambda key: key.removesuffix(affix))
