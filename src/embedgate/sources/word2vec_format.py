"""Read the word2vec formats, text and binary, without loss: keys may contain spaces, and repeated keys are kept.

gensim reads them too, but splits a text line at every space and ends a binary key at the first one: it reads
`Daft Punk-Get Lucky` as `Daft`. It also drops repeated keys, which an integrity check has to see.
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
_MAX_DIGITS = 15
"""A row or dimension takes at least two bytes, and no file has 10**15."""
_INTEGER = re.compile(r"[+-]?\d+")


def read_text(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float64]]:
    """Read a line `<rows> <dimensions>`, then one key and its numbers per line; the key may contain spaces.

    Raises:
        ArtifactUnreadable: if a line is malformed, the number of lines differs from the declared one, or the
            declared dimension is too small.
    """
    rows, dimensions = _header(file.readline(), where)
    keys: list[str] = []
    numbers = array("d")
    only_integers = True
    for line_number, raw in enumerate(file, start=2):
        if not raw.strip():
            continue
        try:
            # Numbers are at the end and contain no space: whatever precedes them is the key
            key, *fields = raw.decode().rstrip(" \t\r\n").rsplit(" ", dimensions)
            values = list(map(float if _is_plain(raw) else _number, fields))
        except ValueError as error:
            raise ArtifactUnreadable(f"{where}, line {line_number}: {error}. Write the file again") from error
        if len(values) != dimensions:
            raise ArtifactUnreadable(
                f"{where}, line {line_number}: expected a key and {dimensions:,} numbers, separated by single "
                f"spaces; found {len(values):,} numbers. Correct the first line, or write the file again"
            )
        only_integers = only_integers and _INTEGER.fullmatch(fields[0]) is not None
        keys.append(key)
        numbers.extend(values)
    if len(keys) != rows:
        raise ArtifactUnreadable(
            f"{where} declares {rows:,} rows in its first line and contains {len(keys):,}. "
            + ("It is incomplete: copy or write it again" if len(keys) < rows else "Correct the first line")
        )
    if _contain_numbers_of_vectors(keys, only_integers=only_integers):
        raise ArtifactUnreadable(
            f"{where} declares {dimensions:,} dimensions in its first line, but every key ends in a number "
            f"({keys[0]!r:.60}): the declared dimension is probably too small. Correct the first line; if the keys "
            "are right, save the vectors as .npz (keys, vectors)"
        )
    return keys, np.asarray(numbers).reshape(rows, dimensions)


def read_binary(file: BufferedIOBase, where: str) -> tuple[list[str], NDArray[np.float32]]:
    """Read a line `<rows> <dimensions>`, then keys, each followed by a space and its numbers as float32.

    The format does not define where a key that contains a space ends: such a file is refused.

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
        # If a key contains a space, its rest is read as numbers: either their bytes are out of step, or the rest
        # fills whole floats and is text that ends in a space
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
        keys.append(data[start:space].decode())
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
        if len(field) > _MAX_DIGITS:
            raise ArtifactUnreadable(
                f"{where} declares a number of {what} with {len(field)} digits in its first line, more than any file "
                "contains. Correct the first line, or write the file again"
            )
    return int(fields[0]), int(fields[1])


def _contain_numbers_of_vectors(keys: list[str], *, only_integers: bool) -> bool:
    """Return whether every key ends in a number like those of the vectors: the declared dimension is too small.

    Keys may themselves end in integers (`track 1`, `track 2`), which count only if the vectors consist of integers.
    """
    last_words = [key.rpartition(" ")[2] if " " in key else "" for key in keys]
    try:
        for word in last_words:
            _number(word)
    except ValueError:
        return False
    return only_integers or not all(map(_INTEGER.fullmatch, last_words))


def _is_plain(raw: bytes) -> bool:
    """Return whether a line contains nothing that only `float` reads as part of a number."""
    return raw.isascii() and b"_" not in raw


def _number(field: str) -> float:
    """Read a number as C and gensim write it: without Python's underscores (`1_000`), in ASCII digits."""
    if not _is_plain(field.encode()):
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
