"""Read the keys of vectors from a file beside them: `vectors.keys.txt` or `vectors.keys.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from embedgate.errors import ArtifactInvalid, ArtifactMissing, ArtifactUnreadable
from embedgate.sources.file_access import denied, size_of_regular
from embedgate.sources.validation import type_name

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (".keys.txt", ".keys.json")
_WHAT = "one key per line (.keys.txt), or a JSON list (.keys.json), in the order of the rows"


def keys_beside(path: Path) -> tuple[list[object], Path] | None:
    """Return the keys beside a file with vectors, and the file that they were read from; None if there is none.

    The file has the name of the vectors with another suffix: `vectors.keys.txt`, one key per line, or
    `vectors.keys.json`, a list of strings or integers, for keys that contain line ends. Both are UTF-8.

    Raises:
        ArtifactInvalid: if there are two such files, or a key is empty or neither a string nor a number.
        ArtifactUnreadable: if the file cannot be read.
    """
    candidates = [path.with_name(path.name[: -len(path.suffix)] + suffix) for suffix in _SUFFIXES]
    found = [each for each in candidates if each.exists() or each.is_symlink()]
    if not found:
        return None
    if len(found) > 1:
        raise ArtifactInvalid(
            f"file {path} has two files with keys beside it, {found[0].name} and {found[1].name}. Remove one of them"
        )
    beside = found[0]
    where = f"file {beside}, the keys of {path.name},"
    if size_of_regular(beside, "keys") == 0:
        raise ArtifactUnreadable(f"{where} is empty (0 bytes). Write the keys again: {_WHAT}")
    try:
        text = beside.read_bytes().decode("utf-8-sig")
    except PermissionError as error:
        raise denied(beside) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ArtifactUnreadable(f"{where} is not UTF-8 in line {line}: {error.reason}. Write it as UTF-8") from error
    return keys_of_json(text, where) if beside.suffix == ".json" else _lines(text, where), beside


def required_keys_beside(path: Path, otherwise: str = "") -> tuple[list[object], Path]:
    """Return the keys beside a file; `otherwise` ends the message if there are none; raises what `keys_beside` does.

    Raises:
        ArtifactMissing: if there is no file with keys.
    """
    found = keys_beside(path)
    if found is None:
        stem = path.name[: -len(path.suffix)]
        raise ArtifactMissing(
            f"file {path} has no keys: beside it is neither {stem}{_SUFFIXES[0]} nor {stem}{_SUFFIXES[1]}. "
            f"Write {_WHAT}{otherwise}"
        )
    return found


def keys_of_json(text: str, where: str) -> list[object]:
    """Return the keys of a JSON list; a missing key, null or NaN, is left for `space_of` to count.

    Raises:
        ArtifactUnreadable: if the text is not JSON.
        ArtifactInvalid: if it is not a list of strings and numbers.
    """
    try:
        keys = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnreadable(f"{where} is not JSON: {error}. Write a list of keys") from error
    if not isinstance(keys, list):
        raise ArtifactInvalid(f"{where} contains a {type_name(keys)}. It must be a JSON list of keys")
    row = next((row for row, key in enumerate(keys) if isinstance(key, bool)), None)
    if row is not None:
        raise ArtifactInvalid(
            f"{where}: the key of row {row} (counted from 0) is a bool. Keys are strings or integers"
        )
    return keys


def _lines(text: str, where: str) -> list[object]:
    lines = text.removesuffix("\n").split("\n")  # not splitlines(): keys may contain U+2028
    keys: list[object] = [line.removesuffix("\r") for line in lines]
    if "" in keys:
        raise ArtifactInvalid(
            f"{where} has no key in line {keys.index('') + 1}. Write one key per line, or a JSON list (.keys.json)"
        )
    return keys
