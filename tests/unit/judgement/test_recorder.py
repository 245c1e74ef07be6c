"""The recorder adds one record per gate run to the history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embedgate.judgement.history import append, read
from embedgate.judgement.recorder import Recorder
from embedgate.judgement.records import RecordedVerdict
from embedgate.judgement.result import CheckResult
from embedgate.judgement.verdict import VerdictRecord

VERDICT = VerdictRecord(
    outcome="passed",
    checks=(CheckResult(id="custom.x", outcome="passed", severity="fail", value=0.5),),
    run={"source": "metaflow", "pathspec": "F/2"},
)


def test_verdict_is_added_beside_the_earlier_records(tmp_path: Path) -> None:
    append(tmp_path / "history", {"kind": "promotion", "run": "F/1"})

    recorded = Recorder(tmp_path / "history").add(VERDICT)

    assert [record.kind for record in recorded.earlier] == ["promotion"]
    assert (recorded.notes, recorded.is_written) == ((), True)
    assert isinstance(recorded.record, RecordedVerdict)
    assert (recorded.record.pathspec, recorded.record.values) == ("F/2", {"custom.x": 0.5})
    assert read(tmp_path / "history").records == (*recorded.earlier, recorded.record)


def test_update_replaces_the_record_and_keeps_its_time(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    before = recorder.add(VERDICT).record

    recorder.update(VerdictRecord(outcome="passed", checks=VERDICT.checks, run=VERDICT.run, promoted=True))

    (found,) = read(tmp_path).records
    assert isinstance(found, RecordedVerdict)
    assert (found.promoted, found.at) == (True, before.at)


def test_update_without_a_record_writes_nothing(tmp_path: Path) -> None:
    Recorder(tmp_path).update(VERDICT)

    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_created_is_reported_as_a_note(tmp_path: Path) -> None:
    """The verdict stays valid, and the report can still use its record."""
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file")

    recorded = recorder.add(VERDICT)

    assert not recorded.is_written
    assert recorded.record.pathspec == "F/2"
    assert recorded.notes[-1].endswith("the verdict is valid, but not in the history")
    recorder.update(VERDICT)
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize(("files", "last"), [(3, "2.json is not a record"), (5, "2 more are not records")])
def test_notes_list_at_most_three_unreadable_records_by_name(tmp_path: Path, files: int, last: str) -> None:
    for number in range(files):
        (tmp_path / f"{number}.json").write_text(json.dumps(number), encoding="utf-8")

    notes = Recorder(tmp_path).add(VERDICT).notes

    assert len(notes) == min(files, 4)
    assert all(note.startswith(f"history {tmp_path}: ") for note in notes)
    assert last in notes[-1]
