"""`verdict.neighbours.csv` lists every neighbour of every known track, whatever the names are."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedgate.config.sections import KnownTrack
from embedgate.judgement.csv_lists import csv_beside
from embedgate.material.model import ModelUnderTest
from embedgate.material.pair import ModelPair
from embedgate.material.playlists import Playlists
from embedgate.material.space import EmbeddingSpace
from embedgate.measures.comparison import Comparison
from embedgate.measures.evidence import Evidence
from embedgate.report.track_lists import write_neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HEAD = ["known", "track", "rank", "neighbour", "cosine", "plays", "expected", "forbidden", "champion_rank"]


def on_a_circle(angles: Mapping[str, float]) -> EmbeddingSpace:
    """Return a space of unit vectors at the given angles, in degrees."""
    turned = np.radians(list(angles.values()))
    return EmbeddingSpace.of(list(angles), np.column_stack([np.cos(turned), np.sin(turned)]))


def written(
    verdict: Path,
    angles: Mapping[str, float],
    known: Mapping[str, KnownTrack],
    champion: Mapping[str, float] | None = None,
    plays: Sequence[str] = ("a track without a vector",),
) -> list[list[str]]:
    """Return the rows of the file, including the header."""
    model = ModelUnderTest(on_a_circle(angles), Playlists.of(["one"], [list(plays)]), separator=" - ")
    comparison = Comparison(ModelPair(model, on_a_circle(champion))) if champion else None
    write_neighbours(Evidence(model, known, 0.95, comparison), verdict)
    with csv_beside(verdict, "neighbours").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_each_neighbour_has_a_row(tmp_path: Path) -> None:
    """Rows are ordered by distance and contain matched entries and the rank in the champion."""
    known = {
        "a": KnownTrack(track="A - 0", expect=("artist:A", "track:A - 60"), never=("artist:B",), topn=3),
        "gone": KnownTrack(track="gone", expect=("artist:A",)),
    }
    angles = {"A - 0": 0, "A - 60": 60, "B - 90": 90, "C - 120": 120, "D - 180": 180}
    champion = {"A - 0": 0, "lost": 1, "C - 120": 10, "A - 60": 20, "D - 180": 30, "B - 90": 90}

    rows = written(tmp_path / "new" / "verdict.json", angles, known, champion, ["A - 60", "B - 90", "A - 60"])

    assert rows == [
        HEAD,
        ["a", "A - 0", "1", "A - 60", "0.500000", "2", "artist:A; track:A - 60", "", "2"],
        ["a", "A - 0", "2", "B - 90", "0.000000", "1", "", "artist:B", ""],
        ["a", "A - 0", "3", "C - 120", "-0.500000", "0", "", "", "1"],
    ]


def test_champion_rank_is_empty_without_champion(tmp_path: Path) -> None:
    known = {"a": KnownTrack(track="a", expect=("track:b",), topn=5)}

    rows = written(tmp_path / "verdict.json", {"a": 0, "b": 60}, known)

    assert rows == [HEAD, ["a", "a", "1", "b", "0.500000", "0", "track:b", "", ""]]


def test_champion_rank_is_empty_for_a_known_track_without_vector_in_the_champion(tmp_path: Path) -> None:
    known = {"a": KnownTrack(track="a", expect=("track:b",), topn=5)}

    rows = written(tmp_path / "verdict.json", {"a": 0, "b": 60}, known, {"b": 0, "c": 1})

    assert rows[1][-1] == ""


@pytest.mark.parametrize("name", ['"quoted", and a comma', "two\r\nlines", "<b>", "米津玄師", "half \ud83d"])
def test_names_are_read_back_unchanged(tmp_path: Path, name: str) -> None:
    """A name is one cell; a lone surrogate, which cannot be encoded, becomes a question mark."""
    known = {"known": KnownTrack(track="a", expect=(f"track:{name}",), topn=1)}

    rows = written(tmp_path / "verdict.json", {"a": 0, name: 60}, known)

    shown = name.replace("\ud83d", "?")
    assert rows[1] == ["known", "a", "1", shown, "0.500000", "0", f"track:{shown}", "", ""]


def test_names_that_a_spreadsheet_would_evaluate_get_an_apostrophe(tmp_path: Path) -> None:
    """The apostrophe is added in every column of names; numbers do not change."""
    known = {"known": KnownTrack(track="@a", expect=("track:=1+1",), topn=1)}

    rows = written(tmp_path / "verdict.json", {"@a": 0, "=1+1": 180}, known)

    assert rows[1] == ["known", "'@a", "1", "'=1+1", "-1.000000", "0", "track:=1+1", "", ""]
