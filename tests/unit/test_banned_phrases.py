"""The search for banned phrases."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from scripts.banned_phrases import banned_phrases, find, main

if TYPE_CHECKING:
    from pathlib import Path

PLANTED = "# the run that be\x61rs\n# the tag"  # spelt so that the search does not find it here


@pytest.mark.parametrize(
    "text",
    ["tracks to bl\x61me", "test_tracks_to_bl\x61me", "de\x61lt\n    # out again", "A sl\x69de.", "eg-map-bl\x61med"],
)
def test_banned_phrase_is_found(text: str) -> None:
    """Upper case, line breaks and underscores make no difference."""
    assert len(list(find(text, banned_phrases()))) == 1


@pytest.mark.parametrize(
    "text", ["bear in mind", "a sliding window", "bearer", "a standalone script", "twinkle", "they ask for it"]
)
def test_plain_english_is_not_found(text: str) -> None:
    """Words that only resemble a banned phrase are allowed."""
    assert list(find(text, banned_phrases())) == []


def test_tracked_files_are_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding names file, line, phrase and replacement; an untracked file is not read."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "clean.py").write_text("# a run tagged champion\n", encoding="utf-8")
    (tmp_path / "untracked.py").write_text(PLANTED, encoding="utf-8")
    subprocess.run(["git", "-C", tmp_path, "add", "clean.py"], check=True)
    assert (main(tmp_path), capsys.readouterr().out) == (0, "")

    (tmp_path / "planted.md").write_text(f"One\n{PLANTED}\n", encoding="utf-8")
    subprocess.run(["git", "-C", tmp_path, "add", "planted.md"], check=True)

    assert main(tmp_path) == 1
    assert capsys.readouterr().out == "planted.md:2: 'be\x61rs' is a banned phrase; write: tagged, has\n"
