"""The steps that make two spellings of the same keys match."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.diagnosis.key_spelling import respelling

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [f"Björk {number % 7}-Jóga & Co (Live) No {number}" for number in range(100)]
NUMBERS = [str(101_600 + 7 * number) for number in range(100)]


@pytest.mark.parametrize(
    ("keys", "respelt", "steps"),
    [
        (NUMBERS, lambda key: f"{key}.0", ["reading decimal numbers as integers"]),
        (NUMBERS, lambda key: f"{float(key):.6e}", ["reading decimal numbers as integers"]),
        (NUMBERS, lambda key: f"00{key}", ["removing leading zeros"]),
        (NAMES, lambda key: repr(key.encode("ascii", "ignore")), ["reading b'...' as text", "removing accents"]),
        (NUMBERS, lambda key: repr(key.encode()), ["reading b'...' as text"]),
        (NAMES, repr, ["removing quotation marks"]),
        (NUMBERS, lambda key: f"spotify:track:{key}", ["removing the prefix 'spotify:track:'"]),
        (NAMES, lambda key: f"spotify:track:{key.upper()}", ["removing the prefix 'spotify:track:'", "folding case"]),
        (NUMBERS, lambda key: f"t{key}", ["removing the prefix 't'"]),
        (NAMES, lambda key: f"{key}|de", ["removing the suffix '|de'"]),
        (NAMES, str.casefold, ["folding case"]),
        (NAMES, lambda key: unicodedata.normalize("NFD", key), ["Unicode normalization (NFC)"]),
        (NAMES, lambda key: key.replace("2", "２"), ["Unicode normalization (NFKC)"]),
        (NAMES, lambda key: f" {key}\u200b ".replace(" ", "\xa0"), ["removing superfluous white space"]),
        (NAMES, lambda key: key.replace(" ", "_"), ["unifying separators ({0!r} and {1!r})"]),
        (
            NAMES,
            lambda key: key.casefold().replace(" ", "_"),
            ["folding case", "unifying separators ({0!r} and {1!r})"],
        ),
        (NAMES, lambda key: key.replace(" ", "%20"), ["decoding percent escapes"]),
        (NAMES, lambda key: key.replace("&", "&amp;"), ["decoding HTML entities"]),
    ],
)
def test_steps_are_those_that_are_necessary(keys: list[str], respelt: Callable[[str], str], steps: list[str]) -> None:
    """Either side may be the one that is written differently, in any order."""
    other = [respelt(key) for key in keys]
    if keys is NAMES and "removing accents" in steps:  # the letters are lost, not only their accents
        keys = [unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode() for key in keys]
        other = [respelt(key) for key in keys]
        steps = steps[:1]
    shuffled = [other[row] for row in np.random.default_rng(0).permutation(len(other))]

    forward, backward = respelling(shuffled, keys), respelling(keys, shuffled)

    assert forward is not None
    assert backward is not None
    assert forward.pairs == dict(zip(keys, other, strict=True))
    assert backward.pairs == dict(zip(shuffled, [keys[other.index(each)] for each in shuffled], strict=True))
    assert list(forward.steps) == [step.format("_", " ") for step in steps]
    assert list(backward.steps) == [step.format(" ", "_") for step in steps]
    assert forward.is_type is any("reading" in step for step in steps)


def test_both_sides_may_have_a_namespace() -> None:
    found = respelling([f"https://example.org/t/{key}" for key in NUMBERS], [f"mb:{key}" for key in NUMBERS])

    assert found is not None
    assert (found.steps, len(found.pairs)) == (("keeping the part after the last : or /",), 100)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (NAMES, NUMBERS),
        ([], NUMBERS),
        (NAMES, []),
        (["", " ", "-"], ["_", "  ", "/"]),
        ([f"1{key}" for key in NUMBERS], NUMBERS),  # other integers, not a prefix
        ([str(number) for number in range(100)], [str(number) for number in range(1000, 1100)]),
    ],
)
def test_other_keys_do_not_match(left: list[str], right: list[str]) -> None:
    assert respelling(left, right) is None


def test_keys_that_become_equal_are_counted_once() -> None:
    """Removing too much would make any keys match."""
    found = respelling(["A-B", "a b", "A_B"], ["a/b", "a.b"])

    assert found is not None
    assert len(found.pairs) == 1
