"""A gate run replaces only regular files that embedgate wrote."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from embedgate.errors import UsageError
from embedgate.gate.outputs import check_history, claim
from embedgate.judgement.csv_lists import COLUMNS, List, write_list
from embedgate.judgement.verdict import VerdictRecord
from embedgate.output_files import Named, Output, check_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest_plugins = "pytester"

RAW_REPORT = '<!DOCTYPE html>\n<html>\n  <head>\n    <title id="head-title">embedgate</title>'
FINISHED_REPORT = '<!DOCTYPE html>\n<html lang="en">\n<head><meta name="generator" content="embedgate">'


def write_outputs(folder: Path) -> dict[str, Path]:
    """Write every output of a gate run, and return the paths by option."""
    verdict = folder / "verdict.json"
    VerdictRecord(outcome="passed", run={}).write(verdict)
    lists: tuple[List, ...] = ("tracks", "duplicates", "neighbours")
    for what in lists:
        write_list(verdict, what, [])
    (folder / "report.html").write_text(FINISHED_REPORT, encoding="utf-8")
    (folder / "junit.xml").write_text('<?xml version="1.0" encoding="utf-8"?><testsuites/>', encoding="utf-8")
    return {
        "--gate-verdict": verdict,
        **{what: folder / f"verdict.{what}.csv" for what in lists},
        "--html": folder / "report.html",
        "--junitxml": folder / "junit.xml",
    }


@pytest.fixture
def claimed(pytester: pytest.Pytester) -> Callable[..., None]:
    """A function that claims the outputs of a pytest run with the given arguments."""
    return lambda *arguments: claim(pytester.parseconfig(*arguments))


@pytest.fixture
def rejected(pytester: pytest.Pytester) -> Callable[..., str]:
    """A function that claims invalid outputs and returns the error; only an earlier verdict may be removed."""

    def reject(*arguments: str) -> str:
        before = contents(pytester.path)
        with pytest.raises(UsageError) as caught:
            claim(pytester.parseconfig(*arguments))
        after = contents(pytester.path)
        assert after.items() <= before.items()
        gone = {path.name: before[path][1] for path in before.keys() - after.keys()}
        assert set(gone) <= {"verdict.json", *(f"verdict.{what}.csv" for what in COLUMNS)}
        assert all(content and b"mine" not in content for content in gone.values())
        return str(caught.value)

    return reject


def contents(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """Return inode and content of each file and folder below a folder."""
    return {path: (path.lstat().st_ino, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")}


def test_only_the_earlier_verdict_and_its_lists_are_removed(
    pytester: pytest.Pytester, claimed: Callable[..., None]
) -> None:
    ours = write_outputs(pytester.path)
    for name in ("tracks.csv", "duplicates.csv", "neighbours.csv", "v.json"):
        (pytester.path / name).write_text("mine", encoding="utf-8")

    claimed("--junitxml=junit.xml")
    claimed("--junitxml=junit.xml")

    left = {path.name for path in pytester.path.iterdir()}
    assert left == {"tracks.csv", "duplicates.csv", "neighbours.csv", "v.json", "report.html", "junit.xml"}
    assert ours["--html"].read_text(encoding="utf-8") == FINISHED_REPORT


def test_earlier_verdict_is_removed_even_if_another_output_is_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str]
) -> None:
    write_outputs(pytester.path)
    (pytester.path / "verdict.tracks.csv").write_text("mine", encoding="utf-8")

    rejected()
    assert not (pytester.path / "verdict.json").exists()
    (pytester.path / "verdict.tracks.csv").unlink()
    write_outputs(pytester.path)
    rejected("--gate-vectors=v.kv", "--html=v.kv")
    assert not (pytester.path / "verdict.json").exists()


def test_unfinished_report_of_a_gate_run_may_be_replaced(
    pytester: pytest.Pytester, claimed: Callable[..., None]
) -> None:
    (pytester.path / "report.html").write_text(RAW_REPORT, encoding="utf-8")

    claimed()


@pytest.mark.parametrize("content", ["", "mine", "{}", '{"schema": 1, "kind": "verdict", "verdict": "passed"}'])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("verdict.json", "--gate-verdict"),
        ("verdict.tracks.csv", "the list verdict.tracks.csv beside --gate-verdict"),
        ("verdict.duplicates.csv", "the list verdict.duplicates.csv"),
        ("verdict.neighbours.csv", "the list verdict.neighbours.csv"),
        ("report.html", "--html"),
        ("junit.xml", "--junitxml"),
    ],
)
def test_file_that_embedgate_did_not_write_is_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str], name: str, words: str, content: str
) -> None:
    write_outputs(pytester.path)
    (pytester.path / name).write_text(content, encoding="utf-8")

    message = rejected("--junitxml=junit.xml")

    assert message.startswith(words)
    assert f"{pytester.path / name}, a file that embedgate did not write" in message
    assert "move it away, or choose another path" in message


def test_page_that_only_mentions_embedgate_is_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str]
) -> None:
    (pytester.path / "report.html").write_text("<title>embedgate</title>" + RAW_REPORT[:40], encoding="utf-8")

    assert "did not write" in rejected()


INPUTS = (
    ("--gate-vectors=v.kv", "v.kv"),
    ("--gate-vectors=v.kv", "v.kv.vectors.npy"),
    ("--gate-playlists=p.csv", "p.csv"),
    ("--gate-config=c.toml", "c.toml"),
    ("--gate-champion=old.kv", "old.kv"),
    ("--gate-champion=old.kv", "old.kv.vectors.npy"),
    ("--gate-flow=F", "quality_checks.toml"),
    ("--gate-flow=F", "conftest.py"),
    ("--gate-flow=F", "pytest.ini"),
)


@pytest.mark.parametrize("output", ["--gate-verdict", "--html", "--junitxml", "--log-file"])
@pytest.mark.parametrize(("option", "name"), INPUTS)
def test_output_that_is_an_input_is_rejected_whatever_its_content(
    pytester: pytest.Pytester, rejected: Callable[..., str], option: str, name: str, output: str
) -> None:
    ours = write_outputs(pytester.path)["--gate-verdict"].read_bytes()
    for _, each in INPUTS:
        (pytester.path / each).write_text("[pytest]\n" if each == "pytest.ini" else "", encoding="utf-8")
    if name not in ("pytest.ini", "conftest.py"):  # pytest reads these itself
        (pytester.path / name).write_bytes(ours)
    (pytester.path / "linked").hardlink_to(pytester.path / name)
    (pytester.path / "symlinked").symlink_to(name)

    for typed in (name, f"./{name}", "linked", "symlinked"):
        message = rejected(option, f"{output}={typed}")
        assert message.startswith(output)
        assert str(pytester.path / ("linked" if typed == "linked" else name)) in message


def test_output_that_is_a_missing_input_is_rejected(pytester: pytest.Pytester, rejected: Callable[..., str]) -> None:
    assert "the config" in rejected("--gate-verdict=quality_checks.toml")
    assert "--gate-vectors" in rejected("--gate-vectors=gone.kv", "--html=gone.kv")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("--html=verdict.json", "--gate-verdict"),
        ("--junitxml=verdict.json", "--gate-verdict"),
        ("--junitxml=report.html", "--html"),
        ("--html=verdict.tracks.csv", "the list verdict.tracks.csv"),
        ("--log-file=report.html", "--html"),
        ("--html=verdict.json/x.html", "--gate-verdict"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_two_outputs_in_one_file_are_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str], one: str, other: str, *, there: bool
) -> None:
    if there:
        write_outputs(pytester.path)

    message = rejected(one)

    assert message.startswith(one.partition("=")[0])
    assert other in message


@pytest.mark.parametrize("option", ["--gate-verdict", "--html", "--junitxml", "--log-file"])
def test_special_file_is_rejected_without_being_opened(
    pytester: pytest.Pytester, rejected: Callable[..., str], option: str
) -> None:
    folder = pytester.path
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "broken").symlink_to("file/gone")
    (folder / "circle").symlink_to("circle")
    (folder / "to-pipe").symlink_to("pipe")
    (folder / "file").write_text("mine", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")  # relative: the path of a socket has to be short

        # pytest itself rejects a folder for --junitxml
        for name, words in {
            **({} if option == "--junitxml" else {"folder": "is a folder"}),
            "pipe": "is a named pipe",
            "socket": "is a socket",
            "broken": "is not a folder",
            "circle": "circle",
            "to-pipe": "is a named pipe",
            "/dev/full": "is a device",
            "file/x": "is not a folder",
            "/proc/x.json": "cannot be written in /proc",
            "x" * 250: "cannot be the name of a file",
            "x" * 300: "is too long for a path",
            "~nosuchuser/x": "home directory of ~nosuchuser",
        }.items():
            message = rejected(f"{option}={name}")
            assert message.startswith(option)
            assert words in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder_is_rejected(pytester: pytest.Pytester, rejected: Callable[..., str]) -> None:
    (pytester.path / "locked").mkdir(mode=0o555)

    assert "cannot be written in" in rejected("--gate-verdict=locked/deep/v.json")


def test_symbolic_link_to_a_verdict_is_followed(pytester: pytest.Pytester, claimed: Callable[..., None]) -> None:
    """The verdict that the link points to is removed. The dangling link is then accepted."""
    (pytester.path / "kept").mkdir()
    write_outputs(pytester.path / "kept")
    (pytester.path / "latest").symlink_to("kept/verdict.json")

    claimed("--gate-verdict=latest")

    assert [path.name for path in sorted((pytester.path / "kept").iterdir())] == ["junit.xml", "report.html"]

    claimed("--gate-verdict=latest")


def test_symbolic_link_into_a_missing_folder_is_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str]
) -> None:
    (pytester.path / "report.html").symlink_to("gone/report.html")

    assert "a folder that does not exist" in rejected()


def test_symbolic_link_to_a_file_that_embedgate_did_not_write_is_rejected(
    pytester: pytest.Pytester, rejected: Callable[..., str]
) -> None:
    (pytester.path / "notes.txt").write_text("mine", encoding="utf-8")
    (pytester.path / "verdict.json").symlink_to("notes.txt")

    assert "notes.txt, a file that embedgate did not write" in rejected()


def test_missing_folders_are_accepted(tmp_path: Path) -> None:
    """Folders are created when the file is written."""
    check_outputs([Output("--html", tmp_path / "new" / "er" / "x.html")], [])

    assert not list(tmp_path.iterdir())


def test_history_folder_that_is_an_input_or_output_is_rejected(tmp_path: Path) -> None:
    verdict = Output("--gate-verdict", tmp_path / "verdict.json")

    check_history(tmp_path / ".embedgate", [verdict], [])
    with pytest.raises(UsageError, match=r"\[history\] folder .*--gate-verdict"):
        check_history(tmp_path / "verdict.json", [verdict], [])
    with pytest.raises(UsageError, match=r"\[history\] folder .*--gate-vectors"):
        check_history(tmp_path / "v.kv", [], [Named("--gate-vectors", tmp_path / "v.kv")])
