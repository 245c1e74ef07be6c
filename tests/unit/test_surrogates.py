"""What is sendable has bytes, and is otherwise what it was."""

from __future__ import annotations

import execnet
import pytest

from embedgate.surrogates import replace_surrogates

HALF = "half a pair \ud83d"


def test_half_a_pair_becomes_a_replacement_sign() -> None:
    """Wherever it is, in keys too; a whole pair, numbers and None stay."""
    given = {HALF: [HALF, "曲 🎵", 1, 0.5, None, True], "in a tuple": ("\udc00", {"deep": HALF})}

    assert replace_surrogates(given) == {
        "half a pair \ufffd": ["half a pair \ufffd", "曲 🎵", 1, 0.5, None, True],
        "in a tuple": ("\ufffd", {"deep": "half a pair \ufffd"}),
    }
    assert replace_surrogates(HALF) == "half a pair \ufffd"


def test_what_is_sendable_is_sent() -> None:
    """The channel of a distributed run refuses one, and takes the other."""
    with pytest.raises(execnet.DumpError):
        execnet.dumps({"tracks": (HALF,)})
    assert execnet.loads(execnet.dumps(replace_surrogates({"tracks": (HALF,)}))) == {
        "tracks": ("half a pair \ufffd",)
    }
