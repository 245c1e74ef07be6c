"""Playlists with one row per play: csv, parquet, jsonl and frames, their order, and what is held out."""

import csv
import json
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from embedgate.errors import ArtifactInvalid, ArtifactUnreadable, EmbedgateError, UsageError
from embedgate.material.playlists import MISSING, Playlists
from embedgate.sources import csv_plays
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.files import read_playlists
from embedgate.sources.memory import playlists_from
from embedgate.sources.resolve import load_files

Rows = list[dict[str, Any]]

ROWS: Rows = [
    {"playlist_id": "rock 2", "track": "Björk-Jóga", "artist": "Björk", "at": 30},
    {"playlist_id": "rap", "track": 'a, "b"\n c', "artist": "", "at": 5},
    {"playlist_id": "rock 2", "track": "x", "artist": "", "at": 10},
    {"playlist_id": "rap", "track": "x", "artist": "X", "at": 7},
    {"playlist_id": "rock 2", "track": "\u2028y", "artist": "Y", "at": 20},
    {"playlist_id": "rap", "track": "x", "artist": "other", "at": 6},
]
"""Plays of two playlists; "" is a missing artist."""
BY_TIME = {"time": "at"}


def write_csv(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def missing_as_none(rows: Rows) -> Rows:
    return [{name: None if value == "" else value for name, value in row.items()} for row in rows]


def write_parquet(path: Path, rows: Rows) -> Path:
    parquet.write_table(pa.Table.from_pylist(missing_as_none(rows)), path)
    return path


def write_jsonl(path: Path, rows: Rows) -> Path:
    path.write_text("\n".join(map(json.dumps, missing_as_none(rows))), encoding="utf-8")
    return path


FORMATS: dict[str, Callable[[Path, Rows], Path]] = {
    "p.csv": write_csv,
    "p.parquet": write_parquet,
    "p.jsonl": write_jsonl,
    "frame": lambda path, _: path,
}


def read(folder: Path, name: str, rows: Rows, **columns: str) -> Playlists:
    """Write and read rows; those of "frame" are read from memory."""
    names = PlaylistColumns(columns)
    if name == "frame":
        return playlists_from(pd.DataFrame(missing_as_none(rows)), "artifact 'x' of run F/1", names)
    return read_playlists(FORMATS[name](folder / name, rows), names)


def lists_of(playlists: Playlists) -> dict[str, list[str]]:
    parts = np.split(playlists.plays, playlists.offsets[1:-1])
    return {
        name: [playlists.tracks[track] for track in part] for name, part in zip(playlists.ids, parts, strict=True)
    }


def pairs_of(playlists: Playlists) -> list[tuple[str | None, str | None]]:
    """Return query and target of each playlist."""
    assert playlists.queries is not None
    assert playlists.targets is not None
    tracks = [*playlists.tracks, None]  # MISSING is -1
    return [
        (tracks[query], tracks[target]) for query, target in zip(playlists.queries, playlists.targets, strict=True)
    ]


def assert_rejected(error: type[EmbedgateError], call: Callable[[], object], *facts: str) -> None:
    with pytest.raises(EmbedgateError) as caught:
        call()
    assert type(caught.value) is error
    for fact in facts:
        assert fact in str(caught.value)
    assert "\n" not in str(caught.value)


every_format = pytest.mark.parametrize("name", FORMATS)


# Every format


@every_format
def test_plays_are_grouped_in_the_order_of_their_times(tmp_path: Path, name: str) -> None:
    playlists = read(tmp_path, name, ROWS, **BY_TIME)

    assert lists_of(playlists) == {
        "rock 2": ["x", "\u2028y", "Björk-Jóga"],
        "rap": ['a, "b"\n c', "x", "x"],
    }
    assert playlists.queries is None


@every_format
def test_result_equals_that_of_one_row_per_playlist(tmp_path: Path, name: str) -> None:
    playlists = read(tmp_path, name, ROWS, **BY_TIME)

    expected = Playlists.of(
        ["rock 2", "rap"],
        [["x", "\u2028y", "Björk-Jóga"], ['a, "b"\n c', "x", "x"]],
        artists=[[None, "Y", "Björk"], [None, "other", "X"]],
    )
    assert (playlists.ids, playlists.tracks) == (expected.ids, expected.tracks)
    np.testing.assert_array_equal(playlists.plays, expected.plays)
    np.testing.assert_array_equal(playlists.offsets, expected.offsets)
    assert (playlists.plays.dtype, playlists.offsets.dtype) == (expected.plays.dtype, expected.offsets.dtype)
    assert list(playlists.artist_of.items()) == list(expected.artist_of.items())


@every_format
def test_without_times_the_order_of_the_rows_counts(tmp_path: Path, name: str) -> None:
    playlists = read(tmp_path, name, ROWS)

    assert lists_of(playlists)["rock 2"] == ["Björk-Jóga", "x", "\u2028y"]


@every_format
def test_equal_times_keep_the_order_of_the_rows(tmp_path: Path, name: str) -> None:
    rows = [{"playlist_id": "a", "track": f"t{number}", "at": number // 10} for number in range(100)]

    assert lists_of(read(tmp_path, name, rows, **BY_TIME))["a"] == [f"t{number}" for number in range(100)]


@every_format
def test_columns_may_have_other_names(tmp_path: Path, name: str) -> None:
    rows = [
        {"session": 7, "item": 101631, "brand": "B", "when": 2, "title": "Rock", "other": "o"},
        {"session": 7, "item": 2**40, "brand": "B", "when": 1, "title": "Rock", "other": "o"},
        {"session": 8, "item": 101631, "brand": "", "when": 1, "title": "", "other": "o"},
    ]
    names = {"playlist_id": "session", "track": "item", "artist": "brand", "time": "when", "playlist_name": "title"}

    playlists = read(tmp_path, name, rows, **names)

    assert lists_of(playlists) == {"7": [str(2**40), "101631"], "8": ["101631"]}
    assert playlists.searched_names() == ("Rock", "")
    assert playlists.artist_of == {"101631": "B", str(2**40): "B"}


@every_format
def test_last_play_is_held_out(tmp_path: Path, name: str) -> None:
    """The last two plays of "rap" are the same track, and "single" has one play."""
    rows = [*ROWS, {"playlist_id": "single", "track": "x", "artist": "", "at": 1}]

    playlists = read(tmp_path, name, rows, **BY_TIME, hold_out="last")

    assert pairs_of(playlists) == [("\u2028y", "Björk-Jóga"), (None, None), (None, None)]
    assert len(playlists.plays) == len(rows)


@every_format
@pytest.mark.parametrize(
    ("hold_out", "expected"),
    [
        ("20", [("x", "\u2028y"), (None, None)]),
        ("10.5", [("x", "\u2028y"), (None, None)]),
        ("6", [(None, None), ('a, "b"\n c', "x")]),
        ("7", [(None, None), (None, None)]),  # the track before is the target
        ("5", [(None, None), (None, None)]),
        ("100", [(None, None), (None, None)]),
    ],
)
def test_first_play_at_a_time_is_held_out(
    tmp_path: Path, name: str, hold_out: str, expected: list[tuple[str | None, str | None]]
) -> None:
    """A playlist without plays before the time, or from it on, has no target."""
    playlists = read(tmp_path, name, ROWS, **BY_TIME, hold_out=hold_out)

    assert pairs_of(playlists) == expected
    assert playlists.targets_held_out
    assert not read(tmp_path, name, ROWS, **BY_TIME).targets_held_out


@every_format
@pytest.mark.parametrize(
    ("missing", "column", "fact"),
    [
        ("playlist_id", "playlist_id", "row 3 (counted from 0) has no playlist_id"),
        ("track", "track", "row 3 (counted from 0) has no track"),
        ("at", "at", "at of row 3 (counted from 0) is missing"),
    ],
)
def test_missing_cell_is_reported_with_its_row(
    tmp_path: Path, name: str, missing: str, column: str, fact: str
) -> None:
    rows = [row | ({column: ""} if number == 3 else {}) for number, row in enumerate(ROWS)]

    assert_rejected(ArtifactInvalid, lambda: read(tmp_path, name, rows, **BY_TIME), fact)


@every_format
def test_text_that_is_no_time_is_reported_with_its_row(tmp_path: Path, name: str) -> None:
    rows = [row | {"at": "noon" if number == 4 else "2026-01-31"} for number, row in enumerate(ROWS)]

    assert_rejected(
        ArtifactInvalid, lambda: read(tmp_path, name, rows, **BY_TIME), "at of row 4 (counted from 0) is 'noon'"
    )


@every_format
def test_dates_in_any_time_zone_are_ordered(tmp_path: Path, name: str) -> None:
    """Text order is another one; a date without a time zone is in UTC."""
    times = ["2026-01-31T10:00:00+05:00", "2026-01-31 06:00", "2026-01-31T07:30:00.000001Z", "2026-01-31T07:30:00Z"]
    rows = [{"playlist_id": "a", "track": str(number), "at": time} for number, time in enumerate(times)]

    playlists = read(tmp_path, name, rows, **BY_TIME, hold_out="2026-01-31T07:00:00+00:00")

    assert lists_of(playlists)["a"] == ["0", "1", "3", "2"]
    assert pairs_of(playlists) == [("1", "3")]


@every_format
def test_large_integers_are_ordered_exactly(tmp_path: Path, name: str) -> None:
    """Nanoseconds are not exact as float64."""
    start = 1_700_000_000_000_000_000
    rows = [{"playlist_id": "a", "track": str(number), "at": start + 5 - number} for number in range(5)]

    playlists = read(tmp_path, name, rows, **BY_TIME, hold_out=str(start + 3))

    assert lists_of(playlists)["a"] == ["4", "3", "2", "1", "0"]
    assert pairs_of(playlists) == [("3", "2")]


@every_format
def test_held_out_time_of_another_kind_is_rejected(tmp_path: Path, name: str) -> None:
    assert_rejected(
        ArtifactInvalid,
        lambda: read(tmp_path, name, ROWS, **BY_TIME, hold_out="2026-01-31"),
        '[model.columns] hold_out = "2026-01-31" is a date, and the times are numbers',
    )
    assert_rejected(
        ArtifactInvalid,
        lambda: read(tmp_path, name, ROWS, **BY_TIME, hold_out="first"),
        'hold_out = "first" is neither "last" nor a number nor a date',
    )
    assert_rejected(ArtifactInvalid, lambda: read(tmp_path, name, ROWS, hold_out="20"), "Set [model.columns] time")


@every_format
def test_missing_column_is_reported_with_the_existing_columns(tmp_path: Path, name: str) -> None:
    rows = [{"playlist_id": "a", "song": "x"}]
    if name == "p.csv":
        assert_rejected(
            ArtifactInvalid,
            lambda: read(tmp_path, name, rows),
            "no column 'track'; its columns are playlist_id, song",
        )
    else:
        assert_rejected(
            ArtifactInvalid, lambda: read(tmp_path, name, rows), "no column 'track_sequence'", "if a row is one play"
        )
    assert_rejected(
        ArtifactInvalid,
        lambda: read(tmp_path, name, rows, track="item"),
        "no column 'item'; its columns are playlist_id, song. Correct the name in [model.columns]",
    )
    assert_rejected(ArtifactInvalid, lambda: read(tmp_path, name, rows, track="song", time="at"), "no column 'at'")


@every_format
def test_settings_of_one_row_per_playlist_are_rejected(tmp_path: Path, name: str) -> None:
    assert_rejected(
        ArtifactInvalid,
        lambda: read(tmp_path, name, ROWS, track="track", track_test_x="track"),
        "has one row per play, and [model.columns] track_test_x is for one row per playlist",
    )


@pytest.mark.parametrize("setting", [{"time": "playlist_id"}, {"artist": "playlist_id"}, {"hold_out": "last"}])
def test_settings_of_one_row_per_play_are_rejected_for_playlists(setting: dict[str, str]) -> None:
    frame = pd.DataFrame({"playlist_id": ["a"], "track_sequence": [["x"]]})

    assert_rejected(
        ArtifactInvalid,
        lambda: playlists_from(frame, names=PlaylistColumns(setting)),
        f"has one row per playlist, and [model.columns] {next(iter(setting))} is for one row per play",
    )


def test_frame_with_both_columns_has_one_row_per_playlist() -> None:
    frame = pd.DataFrame({"playlist_id": ["a"], "track_sequence": [["x", "y"]], "track": ["z"]})

    assert lists_of(playlists_from(frame)) == {"a": ["x", "y"]}
    assert lists_of(playlists_from(frame, names=PlaylistColumns({"track": "track"}))) == {"a": ["z"]}


def test_unknown_column_lists_those_of_plays() -> None:
    with pytest.raises(
        UsageError, match=r"the columns of playlists are playlist_id, .*track, artist, time, hold_out"
    ):
        load_files("v.npz", "p.csv", columns={"song": "x"})


# Frames and parquet


@pytest.mark.parametrize(
    "tracks",
    [
        pd.Series(["x", "y", "x"], dtype="category"),
        pd.Series(["x", "y", "x"], dtype=object),
        pd.Series(["x", "y", "x"], dtype="string"),
        pd.Series(["x", "y", "x"], dtype=pd.ArrowDtype(pa.string())),
    ],
    ids=str,
)
def test_text_of_any_type_is_a_key(tmp_path: Path, tracks: Any) -> None:
    frame = pd.DataFrame({"playlist_id": ["a", "a", "b"], "track": tracks})
    frame.to_parquet(tmp_path / "p.parquet")

    for playlists in (playlists_from(frame), read_playlists(tmp_path / "p.parquet")):
        assert lists_of(playlists) == {"a": ["x", "y"], "b": ["x"]}


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series([7, 8, 7]),
        pd.Series([7, 8, 7], dtype="Int64"),
        pd.Series([7, 8, "7"], dtype=object),
        pd.Series([7, 8, 7], dtype=pd.ArrowDtype(pa.int32())),
    ],
    ids=["int64", "Int64", "mixed", "arrow"],
)
def test_integers_are_keys_whatever_their_type(ids: Any) -> None:
    """In a column of mixed type, 7 and "7" are the same key."""
    frame = pd.DataFrame({"playlist_id": ids, "track": ["x", "y", "z"]})

    assert lists_of(playlists_from(frame)) == {"7": ["x", "z"], "8": ["y"]}


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(pd.Series(["2026-01-03", "2026-01-01", "2026-01-02"])),
        pd.to_datetime(pd.Series(["2026-01-03", "2026-01-01", "2026-01-02"])).dt.tz_localize("Asia/Tokyo"),
        pd.to_datetime(pd.Series(["2026-01-03", "2026-01-01", "2026-01-02"])).dt.date,
        pd.Series([3, 1, 2], dtype="uint8"),
        pd.Series([3, 1, 2], dtype="Int32"),
        pd.Series([0.3, 0.1, 0.2]),
        pd.Series([3, 1, 2.5], dtype=object),
        pd.Series(["0.3", "0.1", "0.2"]),
    ],
    ids=["dates", "with a zone", "days", "uint8", "Int32", "float", "object", "text"],
)
def test_times_of_any_type_order_plays(tmp_path: Path, times: Any) -> None:
    frame = pd.DataFrame({"playlist_id": ["a", "a", "a"], "track": ["z", "x", "y"], "at": times})
    read_from = [playlists_from(frame, names=PlaylistColumns(BY_TIME))]
    if times.dtype != object or len(set(times.map(type))) == 1:  # parquet has no column of mixed type
        frame.to_parquet(tmp_path / "p.parquet")
        read_from.append(read_playlists(tmp_path / "p.parquet", PlaylistColumns(BY_TIME)))

    for playlists in read_from:
        assert lists_of(playlists) == {"a": ["x", "y", "z"]}


@pytest.mark.parametrize(
    ("column", "cells", "fact"),
    [
        ("track", [["x"], ["y"]], "track of row 0 (counted from 0) is a"),
        ("track", [True, False], "track of row 0 (counted from 0) is a bool"),
        ("track", [b"x", b"y"], "track of row 0 (counted from 0) is a bytes"),
        ("track", pd.to_datetime(["2026-01-01", "2026-01-02"]), "track of row 0 (counted from 0) is a"),
        ("playlist_id", [{"a": 1}, {"a": 2}], "playlist_id of row 0 (counted from 0) is a dict"),
        ("at", [True, False], "at of row 0 (counted from 0) is a bool"),
        ("at", [1.0, np.inf], "at of row 1 (counted from 0) is inf"),
        ("at", [1.0, np.nan], "at of row 1 (counted from 0) is missing"),
        ("at", [[1], [2]], "at of row 0 (counted from 0) is"),
    ],
)
def test_cell_of_the_wrong_type_is_reported(tmp_path: Path, column: str, cells: Any, fact: str) -> None:
    frame = pd.DataFrame({"playlist_id": ["a", "a"], "track": ["x", "y"], "at": [1, 2]}).assign(**{column: cells})
    frame.to_parquet(tmp_path / "p.parquet")

    assert_rejected(ArtifactInvalid, lambda: playlists_from(frame, names=PlaylistColumns(BY_TIME)), fact)
    assert_rejected(ArtifactInvalid, lambda: read_playlists(tmp_path / "p.parquet", PlaylistColumns(BY_TIME)), fact)


def test_no_rows_are_rejected(tmp_path: Path) -> None:
    frame = pd.DataFrame({"playlist_id": pd.Series([], dtype=str), "track": pd.Series([], dtype=str)})
    frame.to_parquet(tmp_path / "p.parquet")
    (tmp_path / "p.csv").write_text("playlist_id,track\n")

    assert_rejected(ArtifactInvalid, lambda: playlists_from(frame), "has no rows. Write one row per play")
    for name in ("p.parquet", "p.csv"):
        assert_rejected(ArtifactInvalid, lambda: read_playlists(tmp_path / name), "has no rows")  # noqa: B023


# csv


def read_text(folder: Path, content: str | bytes, **columns: str) -> Playlists:
    (folder / "p.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_playlists(folder / "p.csv", PlaylistColumns(columns))


def test_csv_may_have_a_byte_order_mark_carriage_returns_and_blank_lines(tmp_path: Path) -> None:
    playlists = read_text(tmp_path, "\ufeffplaylist_id,track\r\n\r\na,x\r\n\r\nb, y \r\n")

    assert lists_of(playlists) == {"a": ["x"], "b": [" y "]}


@pytest.mark.parametrize(
    ("content", "error", "facts"),
    [
        (b"", ArtifactUnreadable, ("is empty (0 bytes)",)),
        (b"\n\n", ArtifactInvalid, ("no column 'playlist_id' and no column 'track'", "none at all")),
        (b"playlist_id;track\na;x\n", ArtifactInvalid, ("its columns are playlist_id;track",)),
        (b"playlist_id,track\na,x\nb\n", ArtifactUnreadable, ("line 3 has 1 cells, and the header has 2",)),
        (b"playlist_id,track\na,x\n\nb,x,y\n", ArtifactUnreadable, ("line 4 has 3 cells",)),
        (b'playlist_id,track\na,x\nb,"y\nz\n', ArtifactUnreadable, ("is not CSV", "unexpected end of data")),
        (b'playlist_id,track\na,x\nb,"y"z\n', ArtifactUnreadable, ("line 3 is not CSV",)),
        (b'playlist_id,track\na,"' + b"x" * 200_000, ArtifactUnreadable, ("is not CSV", "field limit")),
        (
            b"playlist_id,track\na,x\nb,Bj\xf6rk\n",
            ArtifactUnreadable,
            ("track of row 1", "is not UTF-8", "\\udcf6rk"),
        ),
        ("playlist_id,track\na,x\n".encode("utf-16"), ArtifactInvalid, ("no column 'playlist_id'",)),
        (b"playlist_id,track,track\na,x,y\n", ArtifactInvalid, ("2 columns named 'track'",)),
        (b"\x00\x01 not a supported format", ArtifactInvalid, ("no column 'playlist_id'",)),
    ],
)
def test_malformed_csv_is_reported_with_its_line(
    tmp_path: Path, content: bytes, error: type[EmbedgateError], facts: tuple[str, ...]
) -> None:
    assert_rejected(error, lambda: read_text(tmp_path, content), *facts)


def test_truncated_csv_is_rejected(tmp_path: Path) -> None:
    """Within the last cell, the end of a file is no error."""
    whole = write_csv(tmp_path / "p.csv", ROWS).read_bytes()

    with pytest.raises(ArtifactUnreadable, match=r"p\.csv, line \d+ has 3 cells"):
        read_text(tmp_path, whole[: whole.rindex(b",")], **BY_TIME)


def test_rows_of_later_blocks_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_plays, "_ROWS", 2)
    rows = [f"a,t{number},{number}" for number in range(5)]

    def content(*rows: str) -> str:
        return "\n".join(["playlist_id,track,at", *rows])

    assert len(read_text(tmp_path, content(*rows), **BY_TIME).plays) == 5
    assert_rejected(
        ArtifactInvalid, lambda: read_text(tmp_path, content(*rows, "a,x,"), **BY_TIME), "at of row 5", "is missing"
    )
    assert_rejected(
        ArtifactUnreadable,
        lambda: read_text(tmp_path, content(*rows[:4], "a,x,2026-01-01"), **BY_TIME),
        "at contains numbers and dates (from row 4 on, counted from 0)",
    )


def test_text_of_cells_is_not_kept(tmp_path: Path) -> None:
    """A play takes a few bytes, not the two objects of its cells."""
    rng = np.random.default_rng(0)
    numbers: Sequence[int] = rng.integers(0, 1000, 200_000).tolist()
    lines = (f"playlist {row // 20},track {number}" for row, number in enumerate(numbers))
    (tmp_path / "p.csv").write_text("playlist_id,track\n" + "\n".join(lines))
    tracemalloc.start()

    playlists = read_playlists(tmp_path / "p.csv")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(playlists.plays) == len(numbers)
    assert peak < 150 * len(numbers)


def test_missing_target_is_not_a_track(tmp_path: Path) -> None:
    playlists = read_text(tmp_path, "playlist_id,track\na,x\n", hold_out="last")

    assert playlists.targets is not None
    assert playlists.targets.tolist() == [MISSING]
