"""Arrays from `.npy` and `.npz`: no pickles, and no memory for numbers that the file does not contain."""

from __future__ import annotations

import math
import zipfile
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.lib import format as npy

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npy(file: IO[bytes], size: int, where: str) -> NDArray[np.generic]:
    """Read one array, read-only.

    Args:
        file: open at the beginning of the array.
        size: bytes from there to the end.
        where: what is read, for messages.

    Raises:
        ArtifactUnreadable: if it consists of Python objects, or is shorter than it declares.
        ValueError: if it is no `.npy`.
    """
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
    needed = math.prod(shape) * dtype.itemsize
    data = file.read(needed) if 0 <= needed <= size else b""
    if len(data) != needed:
        raise ArtifactUnreadable(
            f"{where} declares an array of shape {shape} and dtype {dtype}, {needed:,} bytes, and is shorter. "
            "It is incomplete: copy or write it again"
        )
    return np.ndarray(shape, dtype, buffer=data, order="F" if by_column else "C")


def read_npz_member(file: BinaryIO, name: str, where: str) -> NDArray[np.generic]:
    """Read one array of an archive.

    Raises:
        ArtifactInvalid: if the archive contains no array of that name.
        ArtifactUnreadable: if it is no archive, or the array cannot be read.
    """
    return read_npz(file, (name,), where)[0]


def read_npz(file: BinaryIO, names: tuple[str, ...], where: str) -> list[NDArray[np.generic]]:
    """Read arrays of an archive by name.

    Args:
        file: open for reading bytes.
        names: of the arrays.
        where: what is read, for messages.

    Raises:
        ArtifactInvalid: if the archive lacks one of them.
        ArtifactUnreadable: if it is no archive, or an array cannot be read.
    """
    magic = file.read(len(npy.MAGIC_PREFIX))
    file.seek(0)
    if magic == npy.MAGIC_PREFIX:
        raise ArtifactUnreadable(
            f"{where} is a single array (.npy), not an archive. "
            f"Write np.savez(path, {', '.join(f'{name}=...' for name in names)})"
        )
    with zipfile.ZipFile(file) as archive:
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        missing = [name for name in names if name not in members]
        if missing:
            raise ArtifactInvalid(
                f"{where} contains no array {' and no array '.join(map(repr, missing))}; "
                f"its arrays are {', '.join(members) or 'none at all'}. "
                f"Write np.savez(path, {', '.join(f'{name}=...' for name in names)})"
            )
        arrays = []
        for name in names:
            with archive.open(members[name]) as member:
                arrays.append(read_npy(member, members[name].file_size, f"{where}, array {name!r},"))
        return arrays
