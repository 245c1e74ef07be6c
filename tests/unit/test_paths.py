"""Paths in options and settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedgate.errors import UsageError
from embedgate.paths import typed_path


def test_relative_path_and_home_are_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert typed_path("a/b", "--x", tmp_path) == tmp_path / "a" / "b"
    assert typed_path("/a", "--x", tmp_path) == Path("/a")
    assert typed_path("~/a", "--x", tmp_path) == tmp_path / "home" / "a"
    assert typed_path("a", "--x") == Path("a")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("~nosuchuser/v.kv", "home directory of ~nosuchuser"),
        ("x" * 300, "is too long for a path (300 characters)"),
        ("/".join(["x" * 200] * 30), "is too long for a path"),
        ("a\0b", "is not a path"),
    ],
    ids=["empty", "blank", "unknown user", "long name", "long path", "null"],
)
def test_invalid_path_is_a_usage_error(typed: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        typed_path(typed, "--gate-vectors")

    assert str(caught.value).startswith("--gate-vectors")
    assert words in str(caught.value)
