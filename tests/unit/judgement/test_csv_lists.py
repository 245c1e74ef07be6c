"""CSV lists beside a verdict: file names, columns and cells."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from embedgate.judgement.csv_lists import COLUMNS, csv_beside, write_list


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("verdict.json", "verdict.tracks.csv"),
        ("x.json", "x.tracks.csv"),
        ("run.12.json", "run.12.tracks.csv"),
        ("verdict", "verdict.tracks.csv"),
        ("x.txt", "x.txt.tracks.csv"),
    ],
)
def test_list_is_named_after_its_verdict(verdict: str, expected: str) -> None:
    assert csv_beside(Path("out") / verdict, "tracks") == Path("out") / expected


def test_list_has_a_header_and_a_row_for_each_entry(tmp_path: Path) -> None:
    path = write_list(tmp_path / "new" / "v.json", "tracks", [("f.check", 1, "a, b"), ("f.check", 2, '"')])

    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [list(COLUMNS["tracks"]), ["f.check", "1", "a, b"], ["f.check", "2", '"']]
    assert [one.name for one in path.parent.iterdir()] == ["v.tracks.csv"]


def test_failed_write_keeps_the_earlier_list(tmp_path: Path) -> None:
    verdict = tmp_path / "v.json"
    before = write_list(verdict, "tracks", [("f.check", 1, "a")]).read_bytes()

    with pytest.raises(ZeroDivisionError):
        write_list(verdict, "tracks", (("f.check", 1 // rank, "b") for rank in (1, 0)))

    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("v.tracks.csv", before)]


def test_only_text_cells_get_an_apostrophe(tmp_path: Path) -> None:
    path = write_list(tmp_path / "v.json", "tracks", [("f.check", -1, "=1+1")])

    assert path.read_text(encoding="utf-8").splitlines()[1] == "f.check,-1,'=1+1"
