"""Read arrays from `.npy` and `.npz` files, without pickles, and without more memory than the file fills."""

from __future__ import annotations

import math
import os
import zipfile
from typing import IO, TYPE_CHECKING, Literal

import numpy as np
from numpy.lib import format as npy

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npy(file: IO[bytes], size: int, where: str) -> NDArray[np.generic]:
    """Read one array, read-only, from a file with `size` bytes left.

    Raises:
        ArtifactUnreadable: if it consists of Python objects, or is shorter than its header declares.
        ValueError: if it is not in the `.npy` format.
    """
    shape, by_column, dtype = _header(file, where)
    needed = math.prod(shape) * dtype.itemsize
    data = file.read(needed) if 0 <= needed <= size else b""
    if len(data) != needed:
        raise _shorter(shape, dtype, where)
    return np.ndarray(shape, dtype, buffer=data, order="F" if by_column else "C")


def map_npy(path: Path, where: str) -> NDArray[np.generic]:
    """Map one array into memory, read-only, without reading it; raises what `read_npy` raises."""
    with path.open("rb") as file:
        shape, by_column, dtype = _header(file, where)
        needed = math.prod(shape) * dtype.itemsize
        if not 0 <= needed <= os.fstat(file.fileno()).st_size - file.tell():
            raise _shorter(shape, dtype, where)
        order: Literal["F", "C"] = "F" if by_column else "C"
        if not needed:  # nothing can be mapped
            return np.empty(shape, dtype, order)
        return np.memmap(file, dtype, "r", file.tell(), shape, order)


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Return shape, whether the array is stored by column, and dtype."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ArtifactUnreadable(
            f"{where}: version {version} of the .npy format is not supported. Write plain arrays"
        )
    shape, by_column, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ArtifactUnreadable(
            f"{where} contains Python objects, which are pickles and are not loaded. "
            "Write keys as np.array(keys, dtype=str) and vectors as an array of floats"
        )
    return shape, by_column, dtype


def _shorter(shape: tuple[int, ...], dtype: np.dtype[np.generic], where: str) -> ArtifactUnreadable:
    return ArtifactUnreadable(
        f"{where} declares an array of shape {shape} and dtype {dtype}, {math.prod(shape) * dtype.itemsize:,} bytes, "
        "and is shorter. It is incomplete: copy or write it again"
    )


def read_npz(file: BinaryIO, names: tuple[str, ...], where: str) -> list[NDArray[np.generic]]:
    """Read arrays of an archive by name.

    Raises:
        ArtifactInvalid: if one of them is missing.
        ArtifactUnreadable: if the file is a single array, or an array cannot be read.
        BadZipFile: if it is not an archive.
    """
    how = f"Write np.savez(path, {', '.join(f'{name}=...' for name in names)})"
    magic = file.read(len(npy.MAGIC_PREFIX))
    file.seek(0)
    if magic == npy.MAGIC_PREFIX:
        raise ArtifactUnreadable(f"{where} is a single array (.npy), not an archive. {how}")
    with zipfile.ZipFile(file) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        missing = [name for name in names if name not in members]
        if missing:
            raise ArtifactInvalid(
                f"{where} contains no array {' and no array '.join(map(repr, missing))}; "
                f"its arrays are {', '.join(members) or 'none at all'}. {how}"
            )
        arrays = []
        for name in names:
            with archive.open(members[name]) as member:
                arrays.append(read_npy(member, members[name].file_size, f"{where}, array {name!r},"))
        return arrays
