"""word2vec files: the header is compared with the content, and numbers are parsed strictly."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st

from embedgate.errors import ArtifactUnreadable
from embedgate.sources.files import read_vectors


def assert_rejected(path: Path, content: bytes, *facts: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ArtifactUnreadable) as caught:
        read_vectors(path)
    for fact in (f"file {path}", *facts):
        assert fact in str(caught.value)


@pytest.mark.parametrize("name", ["v.txt", "v.bin"])
@pytest.mark.parametrize(
    ("header", "facts"),
    [
        (b"2 12345678901234567890123", ("declares a number of dimensions with 23 digits", "Correct the first line")),
        (b"12345678901234567890123 2", ("declares a number of rows with 23 digits", "more than any file contains")),
        (b"2 " + b"9" * 5000, ("with 5000 digits",)),
        (b"2 999999999999", ("first line",)),
        (b"999999999999 2", ()),
        (b"2 00", ("does not begin with a line '<rows> <dimensions>'", "save_word2vec_format()")),
        (b"2 1_0", ("does not begin with a line",)),
        (b"-2 2", ("does not begin with a line",)),
        (b"2 2 2", ("does not begin with a line",)),
        ("2 \u0662".encode(), ("does not begin with a line",)),
    ],
    ids=lambda value: value.decode()[:30] if isinstance(value, bytes) else "",
)
def test_header_that_does_not_match_the_content_is_rejected(
    tmp_path: Path, name: str, header: bytes, facts: tuple[str, ...]
) -> None:
    """No memory is allocated for rows that the file does not contain."""
    tracemalloc.start()
    assert_rejected(tmp_path / name, header + b"\na 0.5 0.25\nb 0.5 0.25\n", *facts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


ROWS = {
    "gensim": b"a 0.5 -0.25 1e-05\nb 0.125 3.0 0.75\nc 0.25 -1.5 nan\n",
    "the C tool": b"a 0.500000 -0.250000 0.000010\nb 0.125000 3.000000 0.750000\nc 0.250000 -1.500000 2.000000\n",
    "keys with spaces": b"a b 0.5 -0.25 1e-05\nb 0.125 3.0 0.75\nc d e 0.25 -1.5 nan\n",
    "keys that are numbers": b"1979 0.5 -0.25 1e-05\n1984 0.125 3.0 0.75\n99 0.25 -1.5 0.5\n",
    "short numbers": b"a 1 -0.25 1e-05\nb 0.125 3 0.75\nc 0.25 -1.5 0\n",
    "integers": b"a 1 2 3\nb 4 5 6\nc 7 8 9\n",
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("too_few", [1, 2])
def test_too_small_dimension_is_rejected(tmp_path: Path, rows: str, too_few: int) -> None:
    """With too few dimensions, numbers would become part of the key, as in `a 0.5`."""
    (tmp_path / "v.txt").write_bytes(b"3 3\n" + ROWS[rows])
    assert read_vectors(tmp_path / "v.txt")[0].dimensions == 3
    facts = ("every key ends in a number", "the declared dimension is probably too small", "Correct the first line")
    assert_rejected(tmp_path / "v.txt", f"3 {3 - too_few}\n".encode() + ROWS[rows], *facts)


@pytest.mark.parametrize(
    "keys",
    [
        ["Artist-99", "Artist 99", "1979"],
        ["JAY-Z-99 Problems", "blink 182", "Prince-1999 2.0"],
        ["track 1", "track 2", "track 3"],
        ["1979", "1984", "99"],
        ["v 1.0", "v 2.0", "x"],
    ],
)
def test_keys_may_end_in_numbers(tmp_path: Path, keys: list[str]) -> None:
    vectors = np.array([[0.5, -0.25], [1, 2], [3, 4]], dtype=np.float32)
    made = KeyedVectors(2)
    made.add_vectors(keys, vectors)
    made.save_word2vec_format(str(tmp_path / "v.txt"))
    read = read_vectors(tmp_path / "v.txt")[0]
    assert read.keys == tuple(keys)
    np.testing.assert_array_equal(read.vectors, vectors)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp", "Cs")), min_size=1)


@given(
    first=WORDS.filter(lambda word: not word[-1].isdigit() and word.lower() not in ("nan", "inf", "infinity")),
    others=st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=5),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=200, deadline=None)
def test_text_is_read_as_written_and_rejected_with_one_dimension_too_few(
    tmp_path_factory: pytest.TempPathFactory, first: str, others: list[str], seed: int
) -> None:
    path = tmp_path_factory.mktemp("text") / "v.txt"
    keys = [f"the {first}", *others]
    vectors = np.random.default_rng(seed).normal(size=(len(keys), 4)).astype(np.float32)
    rows = "".join(f"{key} {' '.join(map(repr, row))}\n" for key, row in zip(keys, vectors.tolist(), strict=True))
    path.write_text(f"{len(keys)} 4\n{rows}", encoding="utf-8", newline="")
    read = read_vectors(path)[0]
    assert read.keys == tuple(keys)
    np.testing.assert_array_equal(read.vectors, vectors)
    assert_rejected(path, f"{len(keys)} 3\n{rows}".encode(), "every key ends in a number")


@pytest.mark.parametrize("number", ["1_000", "1_0.5", "\u0661", "\uff11", "1,5", "0x10", "1\u00a0", "one", ""])
def test_number_in_python_syntax_is_rejected(tmp_path: Path, number: str) -> None:
    content = f"2 2\na_b 1 2\nc 1 {number}\n".encode()
    assert_rejected(tmp_path / "v.txt", content, "line 3: ")


@pytest.mark.parametrize("number", ["nan", "-nan", "inf", "-inf", "Infinity", "1e400", "+1.5", ".5", "5.", "1E-3"])
def test_every_notation_of_a_number_is_read(tmp_path: Path, number: str) -> None:
    (tmp_path / "v.txt").write_text(f"2 2\na_b 1 2\nBjörk {number} 2\n")
    expected = np.array([[1, 2], [float(number), 2]])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(read_vectors(tmp_path / "v.txt")[0].vectors, expected.astype(np.float32))


def _rows(count: int) -> bytes:
    return b"".join(b"key%d 0.5 0.25\n" % row for row in range(count))


@pytest.mark.parametrize(
    ("content", "first_line"),
    [
        (lambda: b"3 2\n" + _rows(2), "declares 3 rows in its first line and contains 2. It is incomplete: copy or"),
        (lambda: b"1 2\n" + _rows(2), "declares 1 rows in its first line and contains 2. Correct the first line"),
        (lambda: b"2 3\n" + _rows(2), "line 2: expected a key and 3 numbers, separated by single spaces; found 2"),
        (lambda: b"1 2\nkey 0.5 two\n", "line 2: could not convert string to float: 'two'. Write the file again"),
    ],
)
def test_message_contains_problem_place_and_advice(
    tmp_path: Path, content: Callable[[], bytes], first_line: str
) -> None:
    assert_rejected(tmp_path / "v.txt", content(), first_line)
