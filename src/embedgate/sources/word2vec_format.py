"""The word2vec formats, text and binary, without loss: keys may contain spaces, and repeated keys are kept.

gensim reads them too, but splits a text line at every space and ends a binary key at the first one: of
`Daft Punk-Get Lucky` it keeps `Daft`. It also drops a repeated key, which an integrity check has to see.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

import numpy as np

from embedgate.errors import ArtifactUnreadable

if TYPE_CHECKING:
    from io import BufferedIOBase

    from numpy.typing import NDArray

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Characters that no key contains; numbers that are read as text soon do."""
OUT_OF_STEP = 1e15
"""Bytes that are read at the wrong offset give numbers like 1e26; no trained vector contains one."""
_MOST_DIGITS = 15
"""A row or dimension takes at least two bytes, and no file has 10**15."""
_INTEGER = re.compile(r"[+-]?\d+")


def read_text(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float64]]:
    """Read a line `<rows> <dimensions>`, then one key and its numbers a line; the key may contain spaces.

    Args:
        file: open for reading bytes.
        where: what is read, for messages.

    Raises:
        ArtifactUnreadable: if a line is malformed, there are fewer or more lines than declared, or the declared
            dimension is too small.
    """
    rows, dimensions = _header(file.readline(), where)
    keys: list[str] = []
    numbers = array("d")
    leftover = _LeftoverNumbers()
    for line_number, raw in enumerate(file, start=2):
        if not raw.strip():
            continue
        try:
            # Numbers are at the end and contain no space: whatever is left of them is the key
            key, *fields = raw.decode().rstrip(" \t\r\n").rsplit(" ", dimensions)
            values = list(map(float if _plain(raw) else _number, fields))
        except ValueError as error:
            raise ArtifactUnreadable(f"{where}, line {line_number}: {error}. Write the file again") from error
        if len(values) != dimensions:
            raise ArtifactUnreadable(
                f"{where}, line {line_number}: expected a key and {dimensions:,} numbers, separated by single "
                f"spaces; found {len(values):,} numbers. Correct the first line, or write the file again"
            )
        leftover.look(key, fields[0])
        keys.append(key)
        numbers.extend(values)
    if len(keys) != rows:
        raise ArtifactUnreadable(
            f"{where} declares {rows:,} rows in its first line and contains {len(keys):,}. "
            + ("It is incomplete: copy or write it again" if len(keys) < rows else "Correct the first line")
        )
    if leftover.found:
        raise ArtifactUnreadable(
            f"{where} declares {dimensions:,} dimensions in its first line, but every key ends in a number "
            f"({keys[0]!r:.60}): the declared dimension is probably too small. Correct the first line; if the keys "
            "are right, save the vectors as .npz (keys, vectors)"
        )
    return keys, np.asarray(numbers).reshape(rows, dimensions)


class _LeftoverNumbers:
    """Whether the keys contain numbers of the vectors, because the declared dimension is too small.

    Then every key ends in a number. Keys may also end in integers of their own (`track 1`, `track 2`): integers
    count only where the vectors consist of integers too.
    """

    def __init__(self) -> None:
        self._every_key_ends_in_number = True
        self._integers_in_keys = True
        self._integers_in_vectors = True

    def look(self, key: str, first: str) -> None:
        """Look at a key, and at the first number after it."""
        if self._every_key_ends_in_number:
            _, space, last = key.rpartition(" ")
            try:
                self._every_key_ends_in_number = bool(space) and _number(last) is not None
            except ValueError:
                self._every_key_ends_in_number = False
            self._integers_in_keys &= bool(_INTEGER.fullmatch(last))
            self._integers_in_vectors &= bool(_INTEGER.fullmatch(first))

    @property
    def found(self) -> bool:
        """Whether all keys that were looked at end in a number like those of the vectors."""
        return self._every_key_ends_in_number and (self._integers_in_vectors or not self._integers_in_keys)


def read_binary(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float32]]:
    """Read a line `<rows> <dimensions>`, then keys, each followed by a space and its numbers as float32.

    The format does not define where a key that contains a space ends: such a file is refused.

    Args:
        file: open for reading bytes.
        where: what is read, for messages.

    Raises:
        ArtifactUnreadable: if the bytes do not divide into the declared rows.
    """
    rows, dimensions = _header(file.readline(), where)
    data = file.read()
    keys: list[str] = []
    vectors: list[NDArray[np.float32]] = []
    start = 0
    for row in range(rows):
        start += data[start : start + 1] == b"\n"  # the C tool ends each row with one, gensim does not
        space = data.find(b" ", start)
        end = space + 1 + 4 * dimensions
        if space < 0 or end > len(data):
            raise ArtifactUnreadable(
                f"{where} declares {rows:,} rows in its first line and ends within row {row:,} "
                f"(counted from 0): {_two_reasons('it is truncated')}"
            )
        vector = np.frombuffer(data, "<f4", dimensions, space + 1)
        # A key that is cut at its first space leaves its rest among the numbers. Either they are out of step
        # then, or the rest fills whole floats: text that ends in a space.
        rest = data[space + 1 : data.find(b" ", space + 1, end) + 1]
        if (
            not _is_text(data[start:space])
            or (np.abs(vector[np.isfinite(vector)]) > OUT_OF_STEP).any()
            or (rest and len(rest) % 4 == 0 and _is_text(rest))
        ):
            raise ArtifactUnreadable(
                f"{where}: row {row:,} (counted from 0) is not a key and its numbers: "
                + _two_reasons("the file is damaged")
            )
        key = data[start:space].decode()
        keys.append(key)
        vectors.append(vector)
        start = end
    left = len(data[start:].strip(b"\n"))
    if left:
        raise ArtifactUnreadable(
            f"{where} declares {rows:,} rows in its first line, and {left:,} bytes are left after them: "
            f"{_two_reasons('that line is wrong')}"
        )
    return keys, np.stack(vectors)


def _header(line: bytes, where: str) -> tuple[int, int]:
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() and field.strip(b"0") for field in fields):
        raise ArtifactUnreadable(
            f"{where} does not begin with a line '<rows> <dimensions>', as word2vec files do, but with "
            f"{line[:60]!r}. Write it with KeyedVectors.save_word2vec_format()"
        )
    for field, what in zip(fields, ("rows", "dimensions"), strict=True):
        if len(field) > _MOST_DIGITS:
            raise ArtifactUnreadable(
                f"{where} declares a number of {what} with {len(field)} digits in its first line, more than any file "
                "contains. Correct the first line, or write the file again"
            )
    return int(fields[0]), int(fields[1])


def _plain(raw: bytes) -> bool:
    """Return whether a line contains nothing that `float` takes for part of a number, and other readers do not."""
    return raw.isascii() and b"_" not in raw


def _number(field: str) -> float:
    """Read a number as C and gensim write it: without Python's underscores (`1_000`), in ASCII digits."""
    if not _plain(field.encode()):
        raise ValueError(f"could not convert string to float: {field!r:.60}")
    return float(field)


def _is_text(raw: bytes) -> bool:
    try:
        return not CONTROL.search(raw.decode())
    except UnicodeDecodeError:
        return False


def _two_reasons(first: str) -> str:
    return (
        f"{first}, or a key contains a space, which this format cannot represent. "
        "Save the model as .kv (KeyedVectors.save), .npz or word2vec text"
    )
