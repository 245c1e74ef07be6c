"""Replace lone surrogates: they have no UTF-8 encoding, and a worker of pytest-xdist cannot send them."""

from __future__ import annotations

import re
from typing import TypeVar, cast

_Value = TypeVar("_Value")
_SURROGATES = re.compile("[\ud800-\udfff]")


def replace_surrogates(value: _Value) -> _Value:
    """Return a string, or nested dicts, lists and tuples, with U+FFFD in place of each lone surrogate."""
    return cast("_Value", _replaced(value))


def _replaced(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_replaced(key): _replaced(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each) for each in value]
    if type(value) is tuple:
        return tuple(_replaced(each) for each in value)
    return value
