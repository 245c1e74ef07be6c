"""Read vectors from `.safetensors`: one matrix, whose keys are in the metadata of the file or in a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.sources.keys_beside import keys_beside, keys_of_json, required_keys_beside

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_NAME = "vectors"
_KEYS = "keys"
_DTYPES = frozenset({"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"})
_SHOWN = 5


def read_safetensors(path: Path) -> tuple[list[object], NDArray[Any], tuple[Path, ...]]:
    """Return keys, vectors, and the files that were read beside the given one.

    The vectors are the only tensor of the file, or the one named `vectors`. The keys are a JSON list in its metadata,
    as `keys`, or are in a file beside it: see `keys_beside`.

    Raises:
        ArtifactInvalid: if there is no such tensor, it has another type of numbers, or the keys are in two places.
        ArtifactMissing: if there are no keys.
        ArtifactUnreadable: if the package safetensors is not installed, or the keys cannot be read.
    """
    try:
        from safetensors import deserialize, safe_open  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise ArtifactUnreadable(
            f"file {path}: .safetensors is read with the package safetensors, which cannot be imported ({error}). "
            "Install it: pip install 'embedgate[safetensors]'"
        ) from error
    with safe_open(path, framework="numpy") as file:
        names = list(file.keys())
        listed = (file.metadata() or {}).get(_KEYS)
        name = names[0] if len(names) == 1 else _NAME
        if name not in names:
            shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])]) or "none at all"
            raise ArtifactInvalid(
                f"file {path}: its tensors are {shown}, and none is named {_NAME!r}. Write one tensor, "
                f"or name that of the vectors {_NAME!r}"
            )
        dtype = file.get_slice(name).get_dtype()
        if dtype not in _DTYPES:
            raise ArtifactInvalid(f"file {path}: the tensor {name!r} is {dtype}, which is not read. Write it as F32")
        # NumPy has no bfloat16, which is the upper half of a float32
        vectors = (
            _of_bfloat16(dict(deserialize(path.read_bytes()))[name]) if dtype == "BF16" else file.get_tensor(name)
        )
    if listed is None:
        keys, beside = required_keys_beside(path, f', or a JSON list into the metadata: {{"{_KEYS}": "[...]"}}')
        return keys, vectors, (beside,)
    found = keys_beside(path)
    if found is not None:
        raise ArtifactInvalid(f"file {path} has keys in its metadata and in {found[1].name}. Remove one of them")
    return keys_of_json(listed, f"file {path}, {_KEYS} of its metadata,"), vectors, ()


def _of_bfloat16(tensor: dict[str, Any]) -> NDArray[np.float32]:
    upper = np.frombuffer(tensor["data"], "<u2").astype(np.uint32)
    return (upper << 16).view(np.float32).reshape(tensor["shape"])
