"""The history: no record is lost or read half-written, and unreadable records are reported."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from embedgate.errors import HistoryUnusable
from embedgate.judgement.history import MAX_TRACKS, append, champions_of, read, values_of, verdict_as_record
from embedgate.judgement.records import PromotionRecord, Record, RecordedVerdict, from_json
from embedgate.judgement.verdict import VerdictRecord

HOSTILE = "\"'><svg onload=alert(1)>/../../\x1b[31m\u202e unpaired surrogate \ud83d"
START = datetime(2026, 1, 1, tzinfo=UTC)
WRITER = """
import sys
from pathlib import Path
from embedgate.judgement.history import append
for number in range(int(sys.argv[2])):
    append(Path(sys.argv[1]), {"kind": "promotion", "run": "F/1", "by": sys.argv[3], "reason": f"{number}" * 2000})
"""


def verdict(pathspec: str = "F/1", outcome: str = "passed", value: float = 0.5, **more: Any) -> VerdictRecord:
    check = {
        "id": "map.faithfulness",
        "outcome": "passed",
        "severity": "fail",
        "value": value,
        "ci": [0.4, 0.6],
        "bound": {"at_least": 0.87, "from": "null", "constant": True},
        "n": 7,
        "seconds": 0.1,
        "message": "measured",
        "tracks": [f"track {number}" for number in range(50)],
    }
    plain = {"verdict": outcome, "checks": [check], "run": {"source": "metaflow", "pathspec": pathspec}, **more}
    return VerdictRecord.from_json(plain)


def record(run: str, day: int, outcome: str = "passed", *, source: str = "metaflow", **more: Any) -> RecordedVerdict:
    plain = verdict_as_record(verdict(run, outcome, run={"source": source, "pathspec": run}, **more))
    return cast("RecordedVerdict", from_json({**plain, "at": START + timedelta(days=day)}))


def promotion(run: str, day: int) -> Record:
    return from_json({"schema": 1, "kind": "promotion", "run": run, "at": START + timedelta(days=day)})


def test_records_are_read_back_oldest_first(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "history"

    files = [
        append(folder, verdict_as_record(verdict())),
        append(folder, {"kind": "promotion", "run": "F/1", "reason": "urgent", "by": "ann"}),
    ]
    first, second = read(folder).records

    assert isinstance(first, RecordedVerdict)
    assert (first.outcome, first.flow, first.pathspec) == ("passed", "F", "F/1")
    assert first.values == {"map.faithfulness": 0.5}
    assert first.checks[0].interval == (0.4, 0.6)
    assert first.checks[0].bound is not None
    assert (first.checks[0].bound.kind, first.checks[0].bound.limit) == ("at_least", 0.87)
    assert isinstance(second, PromotionRecord)
    assert (second.run, second.reason, second.by) == ("F/1", "urgent", "ann")
    assert first.at <= second.at
    assert first.at.utcoffset() == timedelta(0)
    assert sorted(files) == files


def test_new_folder_is_excluded_from_version_control(tmp_path: Path) -> None:
    file = append(tmp_path / "history", {"kind": "promotion", "run": "F/1"})

    assert {each.name for each in (tmp_path / "history").iterdir()} == {".gitignore", file.name}
    assert (tmp_path / "history" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_existing_folder_gets_no_gitignore(tmp_path: Path) -> None:
    """The folder may be under version control, or contain the project itself."""
    append(tmp_path, {"kind": "promotion", "run": "F/1"})

    assert not (tmp_path / ".gitignore").exists()


def test_file_contains_the_verdict_with_fewer_tracks(tmp_path: Path) -> None:
    whole = verdict().as_json()

    kept = json.loads(append(tmp_path, verdict_as_record(verdict())).read_text(encoding="utf-8"))

    assert len(whole["checks"][0].pop("tracks")) == 50
    assert kept["checks"][0].pop("tracks") == [f"track {number}" for number in range(MAX_TRACKS)]
    assert kept.pop("kind") == "verdict"
    assert datetime.fromisoformat(kept.pop("at")).tzinfo is not None
    assert kept == whole


def test_records_are_ordered_by_time_not_by_file_name(tmp_path: Path) -> None:
    late, early = "2026-02-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
    for at in (late, early):
        append(tmp_path, {"kind": "promotion", "run": "F/1", "at": at})

    assert [each.at.isoformat() for each in read(tmp_path).records] == [early, late]


def test_missing_and_empty_folders_have_an_empty_history(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        history = read(folder)
        assert (history.records, history.unreadable) == ((), ())


def test_concurrent_writers_lose_no_record_and_readers_see_no_incomplete_record(tmp_path: Path) -> None:
    folder, writers, each = tmp_path / "history", 6, 25
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(each), f"writer {number}"])
        for number in range(writers)
    ]

    unreadable: set[str] = set()
    most = 0
    while any(process.poll() is None for process in running):
        history = read(folder)
        unreadable.update(history.unreadable)
        assert len(history.records) >= most
        most = len(history.records)
        time.sleep(0.01)  # leaves the processor to the writers

    assert [process.returncode for process in running] == [0] * writers
    assert unreadable == set()
    found = [record for record in read(folder).records if isinstance(record, PromotionRecord)]
    assert len(found) == writers * each
    assert {(record.by, record.reason) for record in found} == {
        (f"writer {writer}", f"{number}" * 2000) for writer in range(writers) for number in range(each)
    }
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [".gitignore"]


def test_invalid_record_is_reported_and_the_other_records_are_read(tmp_path: Path) -> None:
    good = append(tmp_path, verdict_as_record(verdict()))
    plain = verdict().as_json()
    (tmp_path / "half.json").write_bytes(good.read_bytes()[:100])
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    (tmp_path / "binary.json").write_bytes(b"\xff\x00\xfe")
    (tmp_path / "later.json").write_text(json.dumps({"schema": 2, "kind": "x", "at": "2026-01-01T00:00Z"}))
    (tmp_path / "timeless.json").write_text(json.dumps({"schema": 1, "kind": "verdict", "verdict": "passed"}))
    (tmp_path / "odd.json").write_text(json.dumps({**plain, "kind": "verdict", "at": "yesterday"}))
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "dangling.json").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.json").mkdir()

    history = read(tmp_path)

    others = {each.name for each in tmp_path.iterdir() if each != good}
    assert len(history.records) == 1
    assert {sentence.split()[0] for sentence in history.unreadable} == others
    assert any("schema" in sentence for sentence in history.unreadable)


def test_record_of_an_unknown_kind_is_read(tmp_path: Path) -> None:
    """A later version may add kinds."""
    append(tmp_path, {"kind": "comment", "text": "hello"})

    history = read(tmp_path)

    assert [type(each) for each in history.records] == [Record]
    assert history.records[0].kind == "comment"
    assert history.unreadable == ()


def test_partial_file_is_reported_once_it_is_old(tmp_path: Path) -> None:
    """A recent partial file may still be in use by its writer."""
    left = tmp_path / ".x.json.partial"
    left.write_text("{", encoding="utf-8")

    assert read(tmp_path).unreadable == ()
    os.utime(left, (0, 0))
    assert read(tmp_path).unreadable == (".x.json.partial is not a record",)


def test_number_of_records_to_read_can_be_limited(tmp_path: Path) -> None:
    for number in range(5):
        append(tmp_path, {"kind": "promotion", "run": f"F/{number}"})

    newest = read(tmp_path, 2).records

    assert [each.run for each in newest if isinstance(each, PromotionRecord)] == ["F/3", "F/4"]


@pytest.mark.parametrize("run", [HOSTILE, "", "x" * 5000, "曲" * 300])
def test_file_name_is_short_and_ascii_for_any_run_name(tmp_path: Path, run: str) -> None:
    path = append(tmp_path, verdict_as_record(verdict(run)))

    assert path.parent == tmp_path
    assert path.name.isascii()
    assert len(path.name) < 120
    (found,) = read(tmp_path).records
    assert isinstance(found, RecordedVerdict)
    assert found.pathspec == run.encode("utf-8", "replace").decode()


def test_verdict_without_a_run_belongs_to_no_flow(tmp_path: Path) -> None:
    append(tmp_path, verdict_as_record(verdict(outcome="failed", run=None, checks=[])))

    (found,) = read(tmp_path).records
    assert isinstance(found, RecordedVerdict)
    assert (found.run, found.flow, found.values) == (None, None, {})


def test_verdict_on_files_belongs_to_no_flow() -> None:
    assert record("F/v.kv", 0, source="files").flow is None


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_file_in_place_of_the_folder_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    folder = tmp_path / name

    with pytest.raises(HistoryUnusable, match=f"the history cannot be written to {folder}"):
        append(folder, {"kind": "promotion", "run": "F/1"})
    assert str(folder) in read(folder).unreadable[0]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_full_disk_is_an_error_and_leaves_no_partial_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(HistoryUnusable, match="No space left on device"):
        append(tmp_path, {"kind": "promotion", "run": "F/1"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_can_be_read_but_not_written(tmp_path: Path) -> None:
    append(tmp_path, {"kind": "promotion", "run": "F/1"})
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(HistoryUnusable, match="Permission denied"):
            append(tmp_path, {"kind": "promotion", "run": "F/1"})
        assert len(read(tmp_path).records) == 1
    finally:
        tmp_path.chmod(0o700)


def test_file_system_without_hard_links_is_supported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = append(tmp_path, {"kind": "promotion", "run": "F/1"})

    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert len(read(tmp_path).records) == 1


def test_champions_were_promoted_by_the_gate_or_manually() -> None:
    records: list[Record] = [
        record("F/1", 0, promoted=True, value=0.1),
        record("F/2", 1, "failed", value=0.2),
        record("F/3", 2, value=0.3),
        record("G/9", 3, promoted=True),
        record("F/4", 4, "partial", value=0.4),
        promotion("F/2", 5),
        record("F/2", 6, "partial", value=0.9),
        promotion("F/4", 7),
        promotion("F/404", 8),
    ]

    found = champions_of(records, "F")

    assert [each.pathspec for each in found] == ["F/1", "F/2", "F/4"]
    assert [each.values["map.faithfulness"] for each in found] == [0.1, 0.2, 0.4]
    assert champions_of(records, "H") == []
    assert champions_of([], "F") == []


def test_run_that_was_promoted_twice_is_listed_at_its_last_promotion() -> None:
    records: list[Record] = [record("F/1", 0, promoted=True), record("F/2", 1, promoted=True), promotion("F/1", 2)]

    assert [each.pathspec for each in champions_of(records, "F")] == ["F/2", "F/1"]


def test_values_of_a_run_come_from_the_verdict_that_promoted_it_or_the_last_complete_one() -> None:
    records: list[Record] = [
        record("F/1", 0, value=0.1),
        record("F/1", 1, promoted=True, value=0.2),
        record("F/1", 2, value=0.3),
        record("F/2", 3, value=0.4),
        record("F/2", 4, "partial", value=0.5),
        record("F/3", 5, "partial", value=0.6),
        promotion("F/4", 6),
    ]

    found = [values_of(records, run).get("map.faithfulness") for run in ("F/1", "F/2", "F/3", "F/4")]

    assert found == [0.2, 0.4, 0.6, None]


def test_partial_records_of_killed_writers_are_removed(tmp_path: Path) -> None:
    """Writing a record removes those older than a minute; recent partial records and other files stay."""
    first = append(tmp_path, {"kind": "promotion", "run": "Flow/1"})
    names = [f".{first.name}.partial", f".{first.name}.01234567.partial", ".notes.json.partial"]
    names.append(f".{first.name}.89abcdef.partial")
    for name in names:
        (tmp_path / name).touch()
    for name in names[:3]:
        os.utime(tmp_path / name, (0, 0))
    assert read(tmp_path).unreadable == (".notes.json.partial is not a record",)

    append(tmp_path, {"kind": "promotion", "run": "Flow/2"})

    assert {path.name for path in tmp_path.glob(".*.partial")} == set(names[2:])
