"""Models saved by gensim 0.12 and later are read as gensim reads them."""

import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pandas as pd
import pytest
from gensim.models import Doc2Vec, FastText, KeyedVectors, Word2Vec
from gensim.models.doc2vec import TaggedDocument

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable
from embedgate.sources.files import read_vectors
from embedgate.sources.gensim_files import read_pickled
from embedgate.sources.records import Request
from embedgate.sources.resolve import resolve_vectors

SENTENCES = [["Daft Punk-Get Lucky", "Björk-Jóga", "JAY-Z-99 Problems", "7"], ["7", "Björk-Jóga", "x y"]] * 5
OLD = Path(gensim.__file__).parent / "test" / "test_data"
"""Models that gensim ships for its own tests, written by its versions since 0.12 under Python 2 and 3."""


def train(kind: str) -> Any:
    if kind == "Doc2Vec":
        documents = [TaggedDocument(words, [f"document {number}"]) for number, words in enumerate(SENTENCES)]
        return Doc2Vec(documents, vector_size=6, min_count=1, workers=1)
    if kind == "FastText":
        return FastText(SENTENCES, vector_size=6, min_count=1, workers=1, bucket=50)
    if kind == "FastText without n-grams":
        return FastText(SENTENCES, vector_size=6, min_count=1, workers=1, max_n=0)
    if kind == "hierarchical softmax":
        return Word2Vec(SENTENCES, vector_size=6, min_count=1, workers=1, hs=1, negative=0, compute_loss=True)
    return Word2Vec(SENTENCES, vector_size=6, min_count=1, workers=1)


KINDS = ("Word2Vec", "hierarchical softmax", "Doc2Vec", "FastText", "FastText without n-grams")


@pytest.mark.parametrize("name", ["v.kv", "v.kv.gz", "v.model"])
@pytest.mark.parametrize("options", [{}, {"sep_limit": 0}, {"pickle_protocol": 2}, {"pickle_protocol": 5}], ids=str)
@pytest.mark.parametrize("part", ["model", "vectors"])
@pytest.mark.parametrize("kind", KINDS)
def test_saved_file_is_read(tmp_path: Path, kind: str, part: str, options: dict[str, Any], name: str) -> None:
    model = train(kind)
    saved = model if part == "model" else model.wv
    saved.save(str(tmp_path / name), **options)
    read, _ = read_vectors(tmp_path / name)
    assert read.keys == tuple(model.wv.index_to_key)
    np.testing.assert_array_equal(read.vectors, model.wv.vectors)


class OwnVectors(KeyedVectors):  # type: ignore[misc]
    """A class of the user's code."""


def without(attribute: str) -> KeyedVectors:
    vectors = train("Word2Vec").wv
    delattr(vectors, attribute)
    return vectors


@pytest.mark.parametrize(
    "pickled",
    [
        pickle.dumps(pd.DataFrame({"a": [1.0]}, index=["x"])),
        pickle.dumps({"a": np.ones(3)}),
        pickle.dumps((["a"], np.ones((1, 3)))),
        pickle.dumps(OwnVectors(3)),
        pickle.dumps(without("vectors")),
        pickle.dumps(without("index_to_key")),
        pickle.dumps(train("Word2Vec").wv)[:-100],
        b"",
    ],
    ids=["frame", "mapping", "pair", "own class", "no vectors", "no keys", "truncated", "empty"],
)
def test_pickle_of_another_object_is_left_to_the_caller(pickled: bytes) -> None:
    assert read_pickled(pickled) is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", KINDS)
def test_plain_pickle_is_read(tmp_path: Path, kind: str, protocol: int) -> None:
    for obj in ((model := train(kind)), model.wv):
        found = read_pickled(pickle.dumps(obj, protocol=protocol))
        assert found is not None
        assert found[0] == model.wv.index_to_key
        np.testing.assert_array_equal(found[1], model.wv.vectors)
        (tmp_path / "v.kv").write_bytes(pickle.dumps(obj, protocol=protocol))
        read, _ = read_vectors(tmp_path / "v.kv")
        assert read.keys == tuple(model.wv.index_to_key)
        np.testing.assert_array_equal(read.vectors, model.wv.vectors)


@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8", "<i4", "|u1"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_arrays_of_any_type_and_order_are_read(tmp_path: Path, dtype: str, order: Any, protocol: int) -> None:
    vectors = np.array(np.arange(12).reshape(4, 3), dtype=dtype, order=order)
    made = KeyedVectors(3)
    made.index_to_key, made.vectors = ["a", "b", "c", "d"], vectors
    (tmp_path / "v.kv").write_bytes(pickle.dumps(made, protocol=protocol))
    np.testing.assert_array_equal(read_vectors(tmp_path / "v.kv")[0].vectors, vectors.astype(np.float32))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_keys_may_be_integers_or_numpy_scalars(tmp_path: Path, protocol: int) -> None:
    made = KeyedVectors(2)
    made.index_to_key, made.vectors = [7, np.int64(8), np.str_("Jóga")], np.ones((3, 2), dtype=np.float32)
    (tmp_path / "v.kv").write_bytes(pickle.dumps(made, protocol=protocol))
    assert read_vectors(tmp_path / "v.kv")[0].keys == ("7", "8", "Jóga")


def test_memory_mapped_vectors_are_read(tmp_path: Path) -> None:
    train("Word2Vec").wv.save(str(tmp_path / "v.kv"), sep_limit=0)
    mapped = KeyedVectors.load(str(tmp_path / "v.kv"), mmap="r")
    (tmp_path / "w.kv").write_bytes(pickle.dumps(mapped))
    np.testing.assert_array_equal(read_vectors(tmp_path / "w.kv")[0].vectors, mapped.vectors)


@pytest.mark.parametrize(("keys_name", "vectors_name"), [("index2word", "vectors"), ("index2entity", "syn0")])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_attribute_names_of_gensim_3_are_read(
    tmp_path: Path, keys_name: str, vectors_name: str, protocol: int
) -> None:
    old = KeyedVectors.__new__(KeyedVectors)
    old.__dict__.update({keys_name: ["a", "b", "c"], vectors_name: np.eye(3, dtype=np.float32), "vocab": {}})
    written = pickle.dumps(old, protocol=protocol)
    if protocol < 4:  # the later protocols write the length of the name
        written = written.replace(b"KeyedVectors\n", b"Word2VecKeyedVectors\n").replace(b"numpy._core", b"numpy.core")
        assert b"numpy.core.multiarray" in written
    (tmp_path / "v.kv").write_bytes(written)
    read, _ = read_vectors(tmp_path / "v.kv")
    assert read.keys == ("a", "b", "c")
    np.testing.assert_array_equal(read.vectors, np.eye(3))


def old_models() -> list[str]:
    single = ["compatible-hash-true.model", "model-from-gensim-3.8.0.w2v", "old_keyedvectors_320.dat", "word2vec_3.3"]
    of_versions = [f"{path.parent.name}/{path.name}" for path in sorted(OLD.glob("old_*_models/*.mdl"))]
    before_wv = ["word2vec_pre_kv_py2", "word2vec_pre_kv_py3", "word2vec_pre_kv_py3_4", "word2vec_pre_kv_sep_py2"]
    fasttext = ["ft_kv_3.6.0.model.gz", "ft_model_2.3.0", "lee_fasttext", "fasttext_old_sep"]
    return [*single, *of_versions, *before_wv, *fasttext, "doc2vec_old_sep", "d2v-lee-v0.13.0"]


def read_with_gensim(path: Path) -> Any:
    """Load a file with gensim; return None if gensim 4 cannot read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in (Word2Vec, FastText, KeyedVectors):
            try:
                loaded = kind.load(str(path))
            except Exception:  # noqa: BLE001, S112 - a file of another kind, or too old for gensim 4
                continue
            return getattr(loaded, "wv", loaded)
    return None


@pytest.mark.skipif(not OLD.is_dir(), reason="gensim was installed without its test data")
@pytest.mark.parametrize("name", old_models())
def test_models_of_earlier_versions_are_read(tmp_path: Path, name: str) -> None:
    old = OLD / name
    path = tmp_path / (old.name.removesuffix(".gz") + (".kv.gz" if old.suffix == ".gz" else ".kv"))
    shutil.copy(old, path)
    for beside in old.parent.glob(f"{old.name}.*.npy"):
        shutil.copy(beside, tmp_path / f"{path.name}{beside.name.removeprefix(old.name)}")
    read, _ = read_vectors(path)
    known = read_with_gensim(old)
    if known is None:
        assert len(read) >= 3
        assert np.isfinite(read.vectors).all()
        assert all(key.isprintable() and key for key in read.keys)
    else:
        assert read.keys == tuple(map(str, known.index_to_key))
        np.testing.assert_array_equal(read.vectors, known.vectors)


def test_only_the_files_that_were_read_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "v.model"
    train("Word2Vec").save(str(path), sep_limit=0)
    for folder in ("v.model.syn1neg.npy", "v.model.x.npy"):  # a folder could not be read
        (tmp_path / folder).unlink(missing_ok=True)
        (tmp_path / folder).mkdir()
    record, _ = resolve_vectors(Request(vectors_file=path))
    assert [Path(file.path).name for file in record.files] == ["v.model", "v.model.wv.vectors.npy"]


def test_folder_named_like_an_array_of_an_archive_is_ignored(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", keys=np.array(["a", "b"]), vectors=np.eye(2))
    (tmp_path / "v.npz.x.npy").mkdir()
    record, space = resolve_vectors(Request(vectors_file=tmp_path / "v.npz"))
    assert len(space) == 2
    assert [Path(file.path).name for file in record.files] == ["v.npz"]


def test_object_without_vectors_is_rejected(tmp_path: Path) -> None:
    train("Word2Vec").wv.save(str(tmp_path / "v.kv"), ignore=["vectors"])
    with pytest.raises(ArtifactInvalid, match=r"v\.kv contains a gensim object without vectors\. Save KeyedVectors"):
        read_vectors(tmp_path / "v.kv")
    empty = KeyedVectors(3)
    del empty.index_to_key
    (tmp_path / "v.kv").write_bytes(pickle.dumps(empty))
    with pytest.raises(ArtifactInvalid, match="without keys"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize("missing", ["vectors_vocab", "vectors_ngrams", "bucket", "min_n"])
def test_incomplete_fasttext_model_is_rejected(tmp_path: Path, missing: str) -> None:
    model = train("FastText")
    delattr(model.wv, missing)
    del model.wv.vectors
    (tmp_path / "v.kv").write_bytes(pickle.dumps(model))
    with pytest.raises(ArtifactInvalid, match=r"FastText model without|object without vectors"):
        read_vectors(tmp_path / "v.kv")


def test_too_long_n_grams_are_rejected(tmp_path: Path) -> None:
    model = train("FastText")
    model.wv.index_to_key[0] = "x" * 100_000
    model.wv.max_n = 10**9
    model.save(str(tmp_path / "v.kv"))
    with pytest.raises(ArtifactInvalid, match="n-grams of more than 64 characters"):
        read_vectors(tmp_path / "v.kv")


def test_damaged_n_grams_are_rejected(tmp_path: Path) -> None:
    model = train("FastText")
    model.wv.vectors_ngrams = model.wv.vectors_ngrams[:2]
    model.save(str(tmp_path / "v.kv"))
    with pytest.raises(ArtifactUnreadable, match="IndexError"):
        read_vectors(tmp_path / "v.kv")


@pytest.mark.parametrize(
    ("attribute", "value", "error", "fact"),
    [
        ("vectors", [[1.0, 2.0]], ArtifactInvalid, "vectors is not an array of numbers. Save it again"),
        ("index_to_key", {"a": 1}, ArtifactInvalid, "the keys of the vectors must be a list of strings"),
        ("index_to_key", [np.dtype("f4")], ArtifactInvalid, "the keys of the vectors must be a list of strings"),
        ("index_to_key", [["a"]], ArtifactInvalid, "the keys of the vectors must be a list of strings"),
        ("index_to_key", [float("nan")], ArtifactInvalid, "no key (None or NaN)"),
        ("vectors", KeyedVectors(2), ArtifactInvalid, "vectors is not an array of numbers"),
        ("vectors", np.array(["a"]), ArtifactInvalid, "vectors must be numbers, not <U1"),
        ("vectors", np.zeros((0, 2), dtype=np.float32), ArtifactInvalid, "1 keys for 0 vectors"),
        ("vectors", np.ones(2, dtype=np.float32), ArtifactInvalid, "shape"),
    ],
)
def test_attributes_of_another_type_are_rejected(
    tmp_path: Path, attribute: str, value: object, error: type[Exception], fact: str
) -> None:
    broken = KeyedVectors(2)
    broken.index_to_key, broken.vectors = ["a"], np.ones((1, 2), dtype=np.float32)
    setattr(broken, attribute, value)
    (tmp_path / "v.kv").write_bytes(pickle.dumps(broken))
    with pytest.raises(error) as caught:
        read_vectors(tmp_path / "v.kv")
    assert fact in str(caught.value)
    assert str(tmp_path / "v.kv") in str(caught.value)


def test_reading_imports_neither_gensim_nor_pandas(tmp_path: Path) -> None:
    train("Word2Vec").save(str(tmp_path / "v.kv"))
    code = (
        "import sys; from pathlib import Path; from embedgate.sources.files import read_vectors; "
        "read_vectors(Path(sys.argv[1])); print({'gensim', 'scipy', 'pandas'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "v.kv")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "set()"
