"""Text as any channel can carry it: half a surrogate pair has no bytes, and no worker can send it."""

from __future__ import annotations

import re
from typing import TypeVar, cast

_Value = TypeVar("_Value")
_HALVES = re.compile("[\ud800-\udfff]")


def replace_surrogates(value: _Value) -> _Value:
    """The same value, with each half of a pair in its strings, and in those of what it holds, a replacement sign.

    Args:
        value: a string, or plain values that hold some.
    """
    return cast("_Value", _sent(value))


def _sent(value: object) -> object:
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_sent(key): _sent(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_sent(each) for each in value]
    if type(value) is tuple:
        return tuple(_sent(each) for each in value)
    return value
