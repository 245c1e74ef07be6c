"""Read vectors from a faiss index, in a process of its own.

faiss is written in C++: a damaged file, or an index that cannot be reconstructed, may end the process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.sources.keys_beside import keys_beside, required_keys_beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_VECTORS, _IDS = "vectors.npy", "ids.npy"
_LIMIT = 16
"""Bytes that an array in the index may declare, per byte of the file; generous, since faiss counts roughly."""
_PLACE = re.compile(r"^.* at \S+\.(?:cpp|h):\d+: ")
"""Where in faiss an error was raised."""


def read_index(path: Path) -> tuple[list[object], NDArray[np.generic], tuple[Path, ...]]:
    """Return keys, reconstructed vectors, and the files that were read beside an index.

    The vectors of a compressed index (PQ, SQ) are approximations. An index with its own ids (`IndexIDMap`) has these
    as keys; those of another one are in a file beside it: see `keys_beside`.

    Raises:
        ArtifactInvalid: if an index with its own ids has a file with keys, too.
        ArtifactMissing: if there are no keys.
        ArtifactUnreadable: if faiss is not installed, or the index cannot be read or reconstructed.
    """
    if find_spec("faiss") is None:
        raise ArtifactUnreadable(
            f"file {path}: an index is read with the package faiss, which is not installed. "
            "Install it: pip install 'embedgate[faiss]'"
        )
    with tempfile.TemporaryDirectory(prefix="embedgate-") as folder:
        done = subprocess.run(  # noqa: S603 - this interpreter and this module
            # -P: a module in the user's working directory must not replace one of ours
            # -W: older versions of faiss crash where a warning is an error
            [
                sys.executable,
                "-P",
                "-W",
                "ignore",
                "-c",
                f"from {__name__} import write; write()",
                path.absolute(),
                folder,
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            raise ArtifactUnreadable(
                f"file {path} cannot be read as a faiss index: {_reason(done)}. It is damaged, or an index of a type "
                "that cannot be reconstructed: save the vectors as .npy or .npz"
            )
        vectors = np.load(Path(folder, _VECTORS))
        ids = np.load(Path(folder, _IDS)).tolist() if Path(folder, _IDS).exists() else None
    if ids is None:
        keys, beside = required_keys_beside(path)
        return keys, vectors, (beside,)
    found = keys_beside(path)
    if found is not None:
        raise ArtifactInvalid(
            f"file {path} is an index with ids of its own, and has keys in {found[1].name}. Remove that file, or "
            "write an index without ids"
        )
    return ids, vectors, ()


def write() -> None:
    """Reconstruct the vectors of the index `sys.argv[1]` into the folder `sys.argv[2]`; runs in the process."""
    import faiss  # noqa: PLC0415 - an optional package

    path, folder = sys.argv[1], Path(sys.argv[2])
    size = Path(path).stat().st_size
    if hasattr(faiss, "set_deserialization_vector_byte_limit"):  # not in older versions
        faiss.set_deserialization_vector_byte_limit(_LIMIT * size)
    read, ids = faiss.read_index(path), None
    if read.ntotal > size:
        raise ValueError(f"it declares {read.ntotal:,} vectors, and has {size:,} bytes")
    index = read
    if isinstance(read, faiss.IndexIDMap):  # also IndexIDMap2; reconstruct_n does not know its ids
        ids = faiss.vector_to_array(read.id_map)
        index = faiss.downcast_index(read.index)  # belongs to `read`
    rows = np.arange(index.ntotal)
    inverted = faiss.try_extract_index_ivf(index)
    stored = rows if inverted is None else _ids_of(inverted.invlists, faiss.rev_swig_ptr)
    if np.array_equal(stored, rows):
        vectors = index.reconstruct_n(0, index.ntotal)
    else:  # reconstruct_n returns zeros for ids that are not row numbers
        if ids is not None:
            raise ValueError("it has ids of its own twice")
        inverted.set_direct_map_type(faiss.DirectMap.Hashtable)
        ids, vectors = stored, index.reconstruct_batch(stored)
    np.save(folder / _VECTORS, vectors)
    if ids is not None:
        np.save(folder / _IDS, ids)


def _ids_of(lists: Any, array_of: Callable[[Any, int], NDArray[np.int64]]) -> NDArray[np.int64]:  # noqa: ANN401
    """Return the ids in inverted lists, ascending."""
    sizes = [(number, lists.list_size(number)) for number in range(lists.nlist)]
    found = [array_of(lists.get_ids(number), size).copy() for number, size in sizes if size]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return what faiss wrote last, or the signal that ended the process."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if lines:
        return _PLACE.sub("", lines[-1])[:200].rstrip(".")
    return f"the process that read it ended with status {done.returncode}"
