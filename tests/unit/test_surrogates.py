"""Lone surrogates are replaced, and nothing else."""

from __future__ import annotations

import execnet
import pytest

from embedgate.surrogates import replace_surrogates

LONE = "lone \ud83d"


def test_lone_surrogate_is_replaced() -> None:
    """In values and keys; a surrogate pair, numbers and None are kept."""
    given = {LONE: [LONE, "曲 🎵", 1, 0.5, None, True], "in a tuple": ("\udc00", {"deep": LONE})}

    assert replace_surrogates(given) == {
        "lone \ufffd": ["lone \ufffd", "曲 🎵", 1, 0.5, None, True],
        "in a tuple": ("\ufffd", {"deep": "lone \ufffd"}),
    }
    assert replace_surrogates(LONE) == "lone \ufffd"


def test_replaced_text_can_be_sent() -> None:
    """The channel of a distributed run refuses the text, and accepts it with replacements."""
    with pytest.raises(execnet.DumpError):
        execnet.dumps({"tracks": (LONE,)})
    assert execnet.loads(execnet.dumps(replace_surrogates({"tracks": (LONE,)}))) == {"tracks": ("lone \ufffd",)}
