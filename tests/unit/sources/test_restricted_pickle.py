"""Reading a file runs no code in it: the payloads are functional, but must have no effect."""

import codecs
import gzip
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from gensim.models import KeyedVectors, Word2Vec
from numpy._core.multiarray import scalar
from pyarrow import parquet

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable, EmbedgateError
from embedgate.sources.files import read_playlists, read_vectors

VECTORS = np.eye(3, dtype=np.float32)


class Calls:
    """An object that is pickled as a function call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


class Named:
    """The pickle of a function that these tests must not import."""

    def __init__(self, module: str, name: str) -> None:
        self.text = f"c{module}\n{name}\n".encode()


def keyed_vectors() -> Any:
    made = KeyedVectors(3)
    made.add_vectors(["a", "b", "c"], VECTORS)
    return made


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Path]:
    """The path of a file that every payload would create."""
    made = tmp_path / "sentinel"
    yield made
    assert not made.exists(), "code in a file was run"


PAYLOADS: dict[str, Callable[[Path], object]] = {
    "os.system": lambda sentinel: Calls(os.system, f"touch {sentinel}"),
    "subprocess.call": lambda sentinel: Calls(subprocess.call, ["touch", str(sentinel)]),
    "builtins.eval": lambda sentinel: Calls(eval, f"open({str(sentinel)!r}, 'w').close()"),
    "builtins.exec": lambda sentinel: Calls(exec, f"open({str(sentinel)!r}, 'w').close()"),
    "os.mkdir": lambda sentinel: Calls(os.mkdir, str(sentinel)),
    "pickle.loads": lambda sentinel: Calls(pickle.loads, pickle.dumps(Calls(os.system, f"touch {sentinel}"))),
}


@pytest.mark.parametrize("named", PAYLOADS)
@pytest.mark.parametrize("name", ["v.kv", "v.kv.gz", "v.model"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_function_call_is_rejected_and_reported(
    tmp_path: Path, sentinel: Path, named: str, name: str, protocol: int
) -> None:
    evil = pickle.dumps(PAYLOADS[named](sentinel), protocol=protocol)
    pickle.loads(evil)  # noqa: S301 - the payload is functional
    assert sentinel.exists()
    sentinel.rmdir() if sentinel.is_dir() else sentinel.unlink()
    path = tmp_path / name
    path.write_bytes(gzip.compress(evil) if name.endswith(".gz") else evil)

    with pytest.raises(ArtifactUnreadable) as caught:
        read_vectors(path)

    function = named.rpartition(".")[2]
    assert re.match(
        rf"file {re.escape(str(path))} refers to \w+\.{function}, which is not loaded: ", str(caught.value)
    )
    assert "a pickle can run code" in str(caught.value)
    assert "save its vectors as .npz (keys, vectors) or word2vec text" in str(caught.value)


@pytest.mark.parametrize("attribute", ["vectors", "index_to_key", "lifecycle_events", "anything"])
def test_call_inside_keyed_vectors_is_rejected(tmp_path: Path, sentinel: Path, attribute: str) -> None:
    evil = keyed_vectors()
    setattr(evil, attribute, Calls(os.system, f"touch {sentinel}"))
    (tmp_path / "v.kv").write_bytes(pickle.dumps(evil))
    with pytest.raises(ArtifactUnreadable, match=r"refers to (posix|nt)\.system"):
        read_vectors(tmp_path / "v.kv")


def test_call_in_an_array_of_objects_is_rejected(tmp_path: Path, sentinel: Path) -> None:
    evil = keyed_vectors()
    evil.vectors = np.array([[Calls(os.system, f"touch {sentinel}")]] * 3, dtype=object)
    evil.save(str(tmp_path / "v.kv"))
    with pytest.raises(ArtifactUnreadable, match=r"refers to (posix|nt)\.system"):
        read_vectors(tmp_path / "v.kv")
    evil.vectors = np.array([["x"]] * 3, dtype=object)
    evil.save(str(tmp_path / "v.kv"))
    with pytest.raises(ArtifactUnreadable, match=r"elements of dtype 'O8'|not consist of numbers"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "getattr"),
        ("builtins", "__import__"),
        ("functools", "partial"),
        ("operator", "attrgetter"),
        ("importlib", "import_module"),
        ("numpy", "load"),
        ("numpy", "fromfile"),
        ("numpy", "ndarray.tofile"),
        ("numpy.testing._private.utils", "runstring"),
        ("gensim.utils", "unpickle"),
        ("gensim.utils", "SaveLoad.load"),
        ("gensim.models.keyedvectors", "KeyedVectors.load"),
        ("gensim.models.word2vec", "LineSentence"),
        ("gensim.models.keyedvectors", "np"),
        ("pandas.io.pickle", "read_pickle"),
        ("embedgate.sources.restricted_pickle", "SavedObject"),
        ("__main__", "OwnVectors"),
        ("package_of_somebody_else.deep", "Model"),
    ],
)
def test_names_outside_of_the_allowed_list_are_rejected(tmp_path: Path, module: str, name: str) -> None:
    """Other names of an allowed module and attributes of allowed names are rejected too."""
    stack_global = b"\x80\x04" + b"".join(b"\x8c" + bytes([len(x)]) + x.encode() for x in (module, name)) + b"\x93."
    for evil in (Named(module, name).text + b".", stack_global):
        (tmp_path / "v.kv").write_bytes(evil)
        with pytest.raises(ArtifactUnreadable, match="which is not loaded") as caught:
            read_vectors(tmp_path / "v.kv")
        assert f"refers to {module}.{name}," in str(caught.value)


def test_allowed_class_is_not_called(tmp_path: Path, sentinel: Path) -> None:
    """numpy.memmap would create a file, so it is replaced by an object that only stores data."""
    evil = pickle.dumps(Calls(np.memmap, str(sentinel), "uint8", "w+", 0, (8,)))
    pickle.loads(evil)  # noqa: S301 - the payload is functional
    assert sentinel.exists()
    sentinel.unlink()
    (tmp_path / "v.kv").write_bytes(evil)
    with pytest.raises(ArtifactInvalid, match=r"contains a numpy\.ndarray"):
        read_vectors(tmp_path / "v.kv")


def test_bytes_in_another_codec_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "v.kv").write_bytes(b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.")
    with pytest.raises(ArtifactUnreadable, match="bytes are not encoded as latin1"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize(
    "allowed",
    [
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("gensim.models.keyedvectors", "KeyedVectors"),
        ("numpy", "dtype"),
        ("collections", "defaultdict"),
        ("_codecs", "encode"),
    ],
)
@pytest.mark.parametrize("attribute", ["_call", "__setstate__", "__class__", "__new__", "to_numpy"])
def test_file_has_no_effect_on_the_next_file(tmp_path: Path, allowed: tuple[str, str], attribute: str) -> None:
    """The opcode BUILD would set attributes of a class or a function."""
    set_attribute = Named(*allowed).text + b"N}" + b"X" + len(attribute).to_bytes(4, "little") + attribute.encode()
    (tmp_path / "v.kv").write_bytes(b"\x80\x02" + set_attribute + b"K\x01s\x86b.")
    with pytest.raises(EmbedgateError):
        read_vectors(tmp_path / "v.kv")
    keyed_vectors().save(str(tmp_path / "v.kv"), pickle_protocol=2)
    np.testing.assert_array_equal(read_vectors(tmp_path / "v.kv")[0].vectors, VECTORS)


@pytest.mark.parametrize("field", ["O", "f4"])
def test_bytes_are_never_read_as_objects(tmp_path: Path, field: str) -> None:
    """If a dtype has a hidden field of objects, numpy interprets the bytes as addresses."""
    hidden = np.zeros(3, dtype=[("a", field)])
    fake = keyed_vectors()
    fake.vectors = hidden
    fake.save(str(tmp_path / "v.kv"))
    with pytest.raises(ArtifactUnreadable, match=r"not numbers or text|not consist of numbers or text"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize("name", ["v.kv", "v.kv.gz"])
def test_pickle_in_a_separate_file_is_rejected(tmp_path: Path, sentinel: Path, name: str) -> None:
    keyed_vectors().save(str(tmp_path / name), sep_limit=0)
    beside = tmp_path / f"{name}.vectors.{'npz' if name.endswith('.gz') else 'npy'}"
    assert beside.exists()
    evil = np.array([Calls(os.system, f"touch {sentinel}")] * 3, dtype=object)
    if beside.suffix == ".npz":
        np.savez(beside, val=evil)
    else:
        np.save(beside, evil, allow_pickle=True)
    with pytest.raises(ArtifactUnreadable, match=r"Python objects, which are pickles and are not loaded") as caught:
        read_vectors(tmp_path / name)
    assert str(beside) in str(caught.value)
    beside.write_bytes(pickle.dumps(Calls(os.system, f"touch {sentinel}")))
    with pytest.raises(ArtifactUnreadable, match="cannot be read") as caught:
        read_vectors(tmp_path / name)
    assert str(beside) in str(caught.value)


@pytest.mark.parametrize("array", ["keys", "vectors"])
def test_pickle_in_an_archive_is_rejected(tmp_path: Path, sentinel: Path, array: str) -> None:
    arrays: dict[str, Any] = {"keys": np.array(["a", "b", "c"]), "vectors": VECTORS}
    arrays[array] = np.array([Calls(os.system, f"touch {sentinel}")] * 3, dtype=object)
    np.savez(tmp_path / "v.npz", **arrays)
    with pytest.raises(ArtifactUnreadable, match=f"array '{array}', contains Python objects"):
        read_vectors(tmp_path / "v.npz")
    (tmp_path / "v.npz").write_bytes(pickle.dumps(arrays[array]))
    with pytest.raises(ArtifactUnreadable, match="File is not a zip file"):
        read_vectors(tmp_path / "v.npz")


def test_pickle_in_the_schema_of_parquet_is_not_loaded(tmp_path: Path, sentinel: Path) -> None:
    """pyarrow before 14.0.1 unpickled the type of a column that its metadata describe (CVE-2023-47248)."""
    evil = pickle.dumps(Calls(os.system, f"touch {sentinel}"))
    kind = pa.field(
        "playlist_id",
        pa.string(),
        metadata={b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": evil},
    )
    schema = pa.schema([kind, pa.field("track_sequence", pa.list_(pa.string()))])
    columns = [pa.array(["a"]), pa.array([["x", "y"]])]
    parquet.write_table(pa.Table.from_arrays(columns, schema=schema), tmp_path / "p.parquet")
    assert read_playlists(tmp_path / "p.parquet").tracks == ("x", "y")


def test_type_of_another_pickled_object_is_reported(tmp_path: Path) -> None:
    for obj, kind in (({"a": 1}, "dict"), (VECTORS, "numpy.ndarray"), (["a"], "list")):
        (tmp_path / "v.kv").write_bytes(pickle.dumps(obj))
        with pytest.raises(
            ArtifactInvalid, match=rf"gensim's save\(\): it contains a {kind}\. Save the vectors with"
        ):
            read_vectors(tmp_path / "v.kv")
    (tmp_path / "v.kv").write_bytes(pickle.dumps(SimpleNamespace(wv=None)))
    with pytest.raises(ArtifactUnreadable, match=r"refers to types\.SimpleNamespace"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize("size", [2**40, 2**62, 2**63])
@pytest.mark.parametrize("opcode", [b"\x8e", b"\x8d", b"\x96", b"\x95"], ids=["bytes", "str", "bytearray", "frame"])
def test_no_memory_is_allocated_for_a_declared_size(tmp_path: Path, opcode: bytes, size: int) -> None:
    (tmp_path / "v.kv").write_bytes(b"\x80\x05" + opcode + size.to_bytes(8, "little") + b"x.")
    with pytest.raises(ArtifactUnreadable, match=r"cannot be read as \.kv|does not fit into memory"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize("container", [list, tuple])
def test_nested_value_is_not_printed(tmp_path: Path, container: Any) -> None:
    """A hundred nested lists with ten references each take few bytes, but printing them would never end."""
    nested: Any = container("a")
    for _ in range(100):
        nested = container([nested] * 10)
    for attribute, value in (("index_to_key", [nested]), ("vectors", nested), ("index_to_key", nested)):
        evil = keyed_vectors()
        setattr(evil, attribute, value)
        (tmp_path / "v.kv").write_bytes(pickle.dumps(evil))
        with pytest.raises(ArtifactInvalid, match=r"must be a list of strings|not an array"):
            read_vectors(tmp_path / "v.kv")
    for function in (np.dtype, codecs.encode, scalar):
        (tmp_path / "v.kv").write_bytes(pickle.dumps(Calls(function, nested, nested)))
        with pytest.raises(EmbedgateError):
            read_vectors(tmp_path / "v.kv")


DAMAGE = """
import random, resource, sys
from pathlib import Path
from embedgate.errors import EmbedgateError
from embedgate.sources.files import read_vectors

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
path, rng = Path(sys.argv[1]), random.Random(0)
whole, errors = path.read_bytes(), 0
for _ in range(800):
    damaged = bytearray(whole)
    for _ in range(rng.choice((1, 3, 10))):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    path.write_bytes(damaged)
    try:
        read_vectors(path)
    except EmbedgateError as error:
        assert str(path) in str(error)
        assert len(str(error).splitlines()) == 1
        errors += 1
print(errors)
"""


@pytest.mark.parametrize("protocol", [2, 4])
def test_damaged_file_is_read_or_rejected_without_a_crash(tmp_path: Path, protocol: int) -> None:
    model = Word2Vec([["a", "b", "c"]] * 3, vector_size=4, min_count=1, workers=1)
    model.save(str(tmp_path / "v.model"), pickle_protocol=protocol)
    command = [sys.executable, "-c", DAMAGE, str(tmp_path / "v.model")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert 200 < int(done.stdout) <= 800
