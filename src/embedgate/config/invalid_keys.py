"""What is wrong with a key of quality_checks.toml, and which key may be meant."""

from __future__ import annotations

import difflib
import json
import reprlib
from typing import TYPE_CHECKING, Any

from embedgate.config.sections import section_in

if TYPE_CHECKING:
    from pydantic import BaseModel


def explain(problem: Any, whole: type[BaseModel]) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return the key and its error in one line.

    Args:
        problem: an error of pydantic.
        whole: the declaration of the file.
    """
    where = [str(part) for part in problem["loc"]]
    key = ".".join(where) or "the file"
    if problem["type"] == "extra_forbidden":
        section = f" in [{'.'.join(where[:-1])}]" if where[:-1] else ""
        return f"unknown key {where[-1]!r}{section}{nearest(where[-1], _valid_keys(whole, where[:-1]))}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{key}: {message}" if where else message
    if problem["type"] == "missing":
        return f"{key}: is required"
    given = reprlib.repr(problem["input"])
    if problem["type"] == "tuple_type":
        example = f", such as [{json.dumps(problem['input'])}]" if isinstance(problem["input"], str) else ""
        return f"{key}: must be a list of words{example}, not {given}"
    if problem["type"] in ("model_type", "dict_type"):
        return f"{key}: must be a table, not {given}"
    return f"{key}: {message[0].lower()}{message[1:]}, not {given}"


def _valid_keys(whole: type[BaseModel], where: list[str]) -> list[str]:
    """Return the keys of a table; names of entries, such as check ids, are parts of a path without a table."""
    table = whole
    for name in where:
        if name in table.model_fields:
            table = section_in(table.model_fields[name].annotation) or table
    return list(table.model_fields)


def nearest(name: str, valid: list[str]) -> str:
    """Return the valid name that may be meant, or all valid names, in brackets."""
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" (valid: {', '.join(map(repr, valid))})" if valid else ""
