"""Files are written atomically."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from embedgate.atomic_write import partial_path, remove_partial_files, write_atomically


def test_content_replaces_earlier_content(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    for text in ("first\n", "sécond\n"):
        write_atomically(path, text)
        assert path.read_text(encoding="utf-8") == text

    assert [each.name for each in path.parent.iterdir()] == ["file.txt"]


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    write_atomically(tmp_path / "x", "a\ud83db")

    assert (tmp_path / "x").read_bytes() == b"a?b"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failed_write_keeps_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The content is on disk before the file is replaced, so a full disk does no harm."""
    path = tmp_path / "file.txt"
    write_atomically(path, "before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "after")

    assert path.read_text(encoding="utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["file.txt"]


def test_file_with_the_longest_possible_name_can_be_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("n" * 255), "x")

    assert len(list(tmp_path.iterdir())) == 1


def test_partial_files_are_removed(tmp_path: Path) -> None:
    """Partial files of other files, folders, and files with similar names are kept."""
    for name in ("[a].json", "n" * 255):
        path = tmp_path / name
        others = [".b.json.01234567.partial", ".[a].json.0123456x.partial", "[a].json.01234567.partial", "a.json"]
        for each in others:
            (tmp_path / each).touch()
        (tmp_path / f".{name[:100]}.89abcdef.partial").mkdir()
        partial_path(path).touch()
        partial_path(path).touch()

        remove_partial_files(path)

        assert {each.name for each in tmp_path.iterdir() if each.is_file()} == set(others)
