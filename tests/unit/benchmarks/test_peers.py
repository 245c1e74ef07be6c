"""The process that asks a peer about candidates, and the table of the answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.power.peers.figure import draw
from benchmarks.power.peers.runner import Runner
from benchmarks.power.peers.table import alarms, faulty, harmless, table

PEER = """
import os, time
print("a library that prints")

def compare(champion, candidate):
    print("a library that prints")
    if candidate.name == "invalid.npy":
        raise ValueError("Input contains NaN.\\nand more")
    if candidate.name == "crash.npy":
        os._exit(3)
    if candidate.name == "slow.npy":
        time.sleep(60)
    return candidate.name == "drifted.npy", 0.25
"""


def runner(folder: Path, text: str, seconds: float = 30) -> Runner:
    script = folder / "peer.py"
    script.write_text(text, encoding="utf-8")
    return Runner(Path(sys.executable), script, seconds, environment=None, log=folder / "log")


def test_a_peer_answers_one_candidate_after_another(tmp_path: Path) -> None:
    with runner(tmp_path, PEER) as peer:
        names = ("same", "drifted", "invalid", "same")
        answers = [peer.ask(tmp_path / "old.npy", tmp_path / f"{name}.npy") for name in names]

    assert [answer["alarm"] for answer in answers] == [False, True, True, False]
    assert [answer["score"] for answer in answers] == [0.25, 0.25, None, 0.25]
    assert [answer["error"] for answer in answers] == [None, None, "ValueError: Input contains NaN.", None]


def test_a_peer_that_ends_raises_an_alarm_and_is_started_again(tmp_path: Path) -> None:
    with runner(tmp_path, PEER) as peer:
        crash, after = (peer.ask(tmp_path / "old.npy", tmp_path / f"{name}.npy") for name in ("crash", "same"))

    assert (crash["alarm"], crash["error"]) == (True, "exit status 3")
    assert (after["alarm"], after["error"]) == (False, None)


def test_no_answer_in_time_is_no_alarm(tmp_path: Path) -> None:
    with runner(tmp_path, PEER, seconds=0.5) as peer:
        late = peer.ask(tmp_path / "old.npy", tmp_path / "slow.npy")

    assert late["alarm"] is None
    assert late["seconds"] >= 0.5


def test_a_peer_that_cannot_be_imported_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"peer\.py fails: see"):
        runner(tmp_path, "import a_package_that_is_not_installed")

    assert "a_package_that_is_not_installed" in (tmp_path / "log").read_text(encoding="utf-8")


def answer(detector: str, kind: str, *, alarm: bool | None, **changes: Any) -> dict[str, Any]:
    harmful = kind != "rotated"
    line = {"world": 0, "kind": kind, "harmful": harmful, "visible": None, "detector": detector, "version": "1"}
    return {**line, "alarm": alarm, "score": 1.0, "seconds": 2.0, "error": None, **changes}


LINES: list[dict[str, Any]] = [
    {"peer": "peer", "versions": {"peer": "1", "numpy": "2"}},
    {"peer": "other", "missing": "no wheel"},
    answer("embedgate", "rotated", alarm=False),
    answer("peer", "rotated", alarm=True, error="ValueError"),
    answer("embedgate", "2% of another run", alarm=True),
    answer("peer", "2% of another run", alarm=None, error="no answer within the time limit"),
    answer("embedgate", "hubs", alarm=True, visible=False),
    answer("peer", "hubs", alarm=True, visible=False),
    {"world": 1, "unsound": ["neighbours.co_listening"]},
]


def test_the_table_counts_alarms_of_each_detector() -> None:
    rows = table(LINES).splitlines()

    assert "- peer 1, numpy 2" in rows
    assert "- other: not installed: no wheel" in rows
    assert "2 worlds, seeds 0 to 1; left out, because the champion has learned nothing from the playlists: 1." in rows
    assert "| rotated | 1 | 0% (0% to 98%) | 100% (3% to 100%) |" in rows
    assert "| 2% of another run | 1 | 100% (3% to 100%) | – |" in rows
    assert not any(row.startswith("| hubs") for row in rows), "an invisible fault is not counted"
    assert any(
        row.startswith("- peer: ") and row.endswith("alarms: 1; no answer in time, left out: 1") for row in rows
    )


def test_alarms_leave_out_candidates_without_an_answer() -> None:
    answers = [line for line in LINES if "detector" in line]

    assert alarms(harmless(answers), "peer") == (1, 1)
    assert alarms(faulty(answers), "peer") == (0, 0)
    assert alarms(faulty(answers), "embedgate") == (1, 1)


def test_the_figure_is_written_though_a_detector_has_no_answers(tmp_path: Path) -> None:
    draw(LINES, tmp_path / "peers.png")

    assert (tmp_path / "peers.png").read_bytes().startswith(b"\x89PNG")
