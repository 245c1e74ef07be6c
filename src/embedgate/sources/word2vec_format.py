"""The word2vec formats, text and binary, read so that no key is cut and no row is dropped.

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
"""Characters that no key holds, and numbers read as text soon do."""
OUT_OF_STEP = 1e15
"""Bytes read at the wrong offset make numbers like 1e26; no trained vector does."""


def read_text(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float64]]:
    """Read `<rows> <dimensions>`, then a key and its numbers a line; the key may hold spaces.

    Args:
        file: open for reading bytes.
        where: what is read, for messages.

    Raises:
        ArtifactUnreadable: if a line is not what it must be, or there are fewer or more than promised.
    """
    rows, dimensions = _header(file.readline(), where)
    keys: list[str] = []
    numbers = array("d")
    for line_number, raw in enumerate(file, start=2):
        if not raw.strip():
            continue
        try:
            # The numbers stand at the end and hold no space: whatever is left of them is the key
            key, *fields = raw.decode().rstrip().rsplit(" ", dimensions)
            values = [float(field) for field in fields]
        except ValueError as error:
            raise ArtifactUnreadable(f"{where}, line {line_number}: {error}") from error
        if len(values) != dimensions:
            raise ArtifactUnreadable(
                f"{where}, line {line_number}: a key and {dimensions} numbers are needed, "
                f"separated by single spaces; found {len(values)} numbers"
            )
        keys.append(key)
        numbers.extend(values)
    if len(keys) != rows:
        raise ArtifactUnreadable(
            f"{where} promises {rows:,} rows in its first line and holds {len(keys):,}: "
            + ("it may be truncated" if len(keys) < rows else "that line, or the rest, is wrong")
        )
    return keys, np.asarray(numbers).reshape(rows, dimensions)


def read_binary(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float32]]:
    """Read `<rows> <dimensions>`, then keys, each followed by a space and its numbers as float32.

    Nothing in this format tells where a key with a space ends. Such a file is refused, not guessed at.

    Args:
        file: open for reading bytes.
        where: what is read, for messages.

    Raises:
        ArtifactUnreadable: if the bytes do not come out even.
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
                f"{where} promises {rows:,} rows in its first line and ends within row {row:,}, "
                f"counted from 0: {_two_reasons('it is truncated')}"
            )
        vector = np.frombuffer(data, "<f4", dimensions, space + 1)
        # A key cut at its first space leaves its rest among the numbers. Either they are out of step then,
        # or the rest fills whole floats: text that ends in a space.
        rest = data[space + 1 : data.find(b" ", space + 1, end) + 1]
        if (
            not _is_text(data[start:space])
            or (np.abs(vector[np.isfinite(vector)]) > OUT_OF_STEP).any()
            or (rest and len(rest) % 4 == 0 and _is_text(rest))
        ):
            raise ArtifactUnreadable(
                f"{where}, row {row:,}, counted from 0, makes no sense: {_two_reasons('the file is damaged')}"
            )
        key = data[start:space].decode()
        keys.append(key)
        vectors.append(vector)
        start = end
    left = len(data[start:].strip(b"\n"))
    if left:
        raise ArtifactUnreadable(
            f"{where} promises {rows:,} rows in its first line, and {left:,} bytes are left behind them: "
            f"{_two_reasons('that line is wrong')}"
        )
    return keys, np.stack(vectors)


def _header(line: bytes, where: str) -> tuple[int, int]:
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() and int(field) for field in fields):
        raise ArtifactUnreadable(
            f"{where} does not begin with a line '<rows> <dimensions>', as word2vec files do, but with {line[:60]!r}"
        )
    return int(fields[0]), int(fields[1])


def _is_text(raw: bytes) -> bool:
    try:
        return not CONTROL.search(raw.decode())
    except UnicodeDecodeError:
        return False


def _two_reasons(first: str) -> str:
    return (
        f"{first}, or a key holds a space, which this format has no way to tell. "
        "Save the model as .kv (KeyedVectors.save), .npz or word2vec text"
    )
