"""Lone surrogates are replaced; other values are not changed."""

from __future__ import annotations

import execnet
import pytest

from embedgate.surrogates import replace_surrogates

LONE = "lone \ud83d"


def test_lone_surrogate_is_replaced() -> None:
    """Surrogates are replaced in values and keys; other text, numbers and None are kept."""
    given = {LONE: [LONE, "曲 🎵", 1, 0.5, None, True], "in a tuple": ("\udc00", {"deep": LONE})}

    assert replace_surrogates(given) == {
        "lone \ufffd": ["lone \ufffd", "曲 🎵", 1, 0.5, None, True],
        "in a tuple": ("\ufffd", {"deep": "lone \ufffd"}),
    }
    assert replace_surrogates(LONE) == "lone \ufffd"


def test_replaced_text_can_be_sent() -> None:
    """execnet rejects lone surrogates, but accepts the replaced text."""
    with pytest.raises(execnet.DumpError):
        execnet.dumps({"tracks": (LONE,)})
    assert execnet.loads(execnet.dumps(replace_surrogates({"tracks": (LONE,)}))) == {"tracks": ("lone \ufffd",)}
