"""The champion of files: recorded completely or not at all, by one of several promotions, and verified when read."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedgate.errors import ArtifactInvalid, ArtifactMissing, ArtifactUnreadable, TaggingFailed
from embedgate.judgement import history
from embedgate.sources import champion_file, files
from embedgate.sources.records import Promotion, RunRecord

PROMOTER = """
import sys, time
from pathlib import Path
from embedgate.sources import champion_file, files
from embedgate.sources.records import Promotion
folder, vectors, start = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
model, replaces = files.load_vectors(vectors)[0], champion_file.find(folder)
start.with_name(f"{vectors.stem}.ready").touch()
while not start.exists():
    time.sleep(0.001)
print(champion_file.promote(Promotion(model=model, replaces=replaces, history=folder)))
"""


class Folder:
    """A project with models and a history."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.history = path / ".embedgate"

    def write(self, name: str, seed: int = 0) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        vectors = np.random.default_rng(seed).standard_normal((3, 2)).astype(np.float32)
        np.savez(path, keys=np.array(["a", "b", "c"]), vectors=vectors)
        return path

    def promotion(self, path: Path, **more: Any) -> Promotion:
        model, _ = files.load_vectors(path)
        given = {"model": model, "replaces": champion_file.find(self.history), "history": self.history}
        return Promotion(**given | more)

    def promote(self, path: Path, **more: Any) -> str:
        return champion_file.promote(self.promotion(path, **more))

    @property
    def champion(self) -> str | None:
        found = champion_file.find(self.history)
        return None if found is None else found.pathspec

    @property
    def names(self) -> list[str]:
        return sorted(each.name for each in self.history.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "project")


def test_recorded_champion_is_read_back(folder: Folder) -> None:
    first, second = folder.write("models/1.npz"), folder.write("models/2.npz", seed=1)
    verdict = {"verdict": "passed", "nonce": "ab"}

    assert folder.champion is None
    assert champion_file.load(folder.history) is None
    assert folder.promote(first) == folder.champion == str(first)
    assert folder.promote(second, verdict=verdict, reason="better") == folder.champion == str(second)

    loaded = champion_file.load(folder.history)
    assert loaded is not None
    record, space = loaded
    expected, vectors = files.load_vectors(second)
    assert record == expected
    np.testing.assert_array_equal(space.vectors, vectors.vectors)
    assert folder.names == [".gitignore", "champion-000001.json", "champion-000002.json"]
    stored = json.loads((folder.history / "champion-000002.json").read_text(encoding="utf-8"))
    assert stored.pop("at")
    assert stored.pop("by")
    assert stored == {
        "schema": 1,
        "kind": "champion",
        "files": [{"role": "vectors", "path": "models/2.npz", "sha256": expected.files[0].sha256}],
        "reason": "better",
        "verdict": verdict,
    }


def test_history_ignores_the_records_of_champions(folder: Folder) -> None:
    """They are not counted among the newest records, and are not reported as unreadable."""
    folder.promote(folder.write("1.npz"))
    history.append(folder.history, {"kind": "promotion", "run": "F/1"})

    found = history.read(folder.history, newest=1)

    assert [record.kind for record in found.records] == ["promotion"]
    assert found.unreadable == ()


def test_promoting_the_champion_again_adds_no_record(folder: Folder) -> None:
    first = folder.write("1.npz")

    assert folder.promote(first) == folder.promote(first) == str(first)
    assert folder.names == [".gitignore", "champion-000001.json"]


def test_rollback_adds_a_record(folder: Folder) -> None:
    first, second = folder.write("1.npz"), folder.write("2.npz", seed=1)

    for path in (first, second, first):
        folder.promote(path)

    assert folder.champion == str(first)
    assert len(folder.names) == 4


# -- changed files --


@pytest.mark.parametrize("change", ["overwritten", "deleted", "truncated"])
def test_changed_champion_is_an_error_that_says_what_to_do(folder: Folder, change: str) -> None:
    path = folder.write("1.npz")
    folder.promote(path)
    if change == "overwritten":
        folder.write("1.npz", seed=1)
    elif change == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])

    kind = ArtifactMissing if change == "deleted" else ArtifactInvalid
    with pytest.raises(kind, match=r"champion-000001\.json.*1\.npz.*Restore.*embedgate promote FILE --reason"):
        champion_file.load(folder.history)

    assert folder.promote(folder.write("2.npz", seed=2)) == folder.champion  # a new champion needs no old file


def test_file_that_changed_since_it_was_tested_is_not_promoted(folder: Folder) -> None:
    path = folder.write("1.npz")
    promotion = folder.promotion(path)
    folder.write("1.npz", seed=1)

    with pytest.raises(ArtifactInvalid, match=r"the tested model .*1\.npz has changed since"):
        champion_file.promote(promotion)
    assert folder.champion is None


def test_every_file_of_the_vectors_is_verified(folder: Folder) -> None:
    """gensim writes large arrays beside the file."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(2)
    vectors.add_vectors(["a", "b"], np.ones((2, 2), np.float32))
    path = folder.path / "m.kv"
    folder.path.mkdir()
    vectors.save(str(path), separately=["vectors"])
    folder.promote(path)
    beside = folder.path / "m.kv.vectors.npy"
    assert champion_file.recorded_files(folder.history) == [path, beside]

    np.save(beside, np.zeros((2, 2), np.float32))

    with pytest.raises(ArtifactInvalid, match=r"m\.kv\.vectors\.npy has changed since"):
        champion_file.load(folder.history)


def test_moved_project_keeps_its_champion(folder: Folder, tmp_path: Path) -> None:
    folder.promote(folder.write("models/1.npz"))

    moved = Folder(folder.path.rename(tmp_path / "elsewhere"))

    assert moved.champion == str(moved.path / "models" / "1.npz")
    assert champion_file.load(moved.history) is not None


def test_file_outside_the_project_is_recorded_with_its_whole_path(folder: Folder, tmp_path: Path) -> None:
    outside = Folder(tmp_path / "outside").write("1.npz")

    folder.promote(outside)

    assert folder.champion == str(outside)


def test_link_may_point_to_another_model_later(folder: Folder) -> None:
    link = folder.path / "latest.npz"
    first, second = folder.write("1.npz"), folder.write("2.npz", seed=1)
    link.symlink_to(first)
    folder.promote(link)
    link.unlink()
    link.symlink_to(second)

    loaded = champion_file.load(folder.history)

    assert loaded is not None
    assert loaded[0].pathspec == str(first)


# -- records that cannot be read or written --


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "kind": "champion", "files": []}']
)
def test_damaged_record_is_an_error_and_not_an_older_champion(folder: Folder, content: str) -> None:
    folder.promote(folder.write("1.npz"))
    second = folder.write("2.npz", seed=1)
    promotion = folder.promotion(second)
    (folder.history / "champion-000002.json").write_text(content, encoding="utf-8")

    for read in (champion_file.find, champion_file.load):
        with pytest.raises(ArtifactUnreadable, match=r"champion-000002\.json cannot be read: .*delete it to return"):
            read(folder.history)
    with pytest.raises(ArtifactUnreadable, match="champion-000002"):
        champion_file.promote(promotion)

    (folder.history / "champion-000002.json").unlink()
    assert folder.champion == str(folder.path / "1.npz")


def test_history_folder_that_is_a_file_is_an_error(folder: Folder) -> None:
    path = folder.write("1.npz")
    folder.history.write_text("", encoding="utf-8")

    assert champion_file.load(folder.history) is None
    with pytest.raises(TaggingFailed, match=r"could not be recorded in .*, and was not changed: File exists"):
        folder.promote(path)


def test_unreadable_history_folder_is_not_reported_as_missing_champion(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    for read in (champion_file.find, champion_file.load):
        with pytest.raises(ArtifactUnreadable, match=r"the history folder .* cannot be read: Permission denied"):
            read(folder.history)


def test_file_system_without_links_is_an_error(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename could replace the record of another promotion."""
    first, second = folder.write("1.npz"), folder.write("2.npz", seed=1)
    folder.promote(first)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(TaggingFailed, match=r"was not changed: Operation not permitted.*hard links"):
        folder.promote(second)
    assert folder.champion == str(first)
    assert folder.names == [".gitignore", "champion-000001.json"]


# -- concurrent and killed promotions --


def test_promotion_that_was_overtaken_returns_the_champion(folder: Folder) -> None:
    """A model that was not compared with the champion does not replace it."""
    first, second, third = (folder.write(f"{number}.npz", seed=number) for number in range(3))
    early = folder.promotion(first), folder.promotion(second)
    folder.promote(first)
    late = folder.promotion(second)
    folder.promote(third)

    assert {champion_file.promote(each) for each in (*early, late)} == {str(third)}
    assert folder.champion == str(third)


def test_file_promoted_with_other_content_at_the_same_time_is_an_error(folder: Folder) -> None:
    path = folder.write("1.npz")
    promotion = folder.promotion(path)
    folder.write("1.npz", seed=1)
    folder.promote(path)
    folder.write("1.npz")

    with pytest.raises(TaggingFailed, match="other content"):
        champion_file.promote(promotion)


@pytest.mark.parametrize("has_champion", [True, False])
def test_one_of_several_concurrent_promotions_succeeds(folder: Folder, has_champion: bool) -> None:
    if has_champion:
        folder.promote(folder.write("old.npz", seed=9))
    models = [folder.write(f"{number}.npz", seed=number) for number in range(4)]
    start = folder.path / "start"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTER, folder.history, path, start], stdout=subprocess.PIPE, text=True
        )
        for path in models
    ]
    while not all(path.with_suffix(".ready").exists() for path in models):
        assert all(process.poll() is None for process in processes)
        time.sleep(0.01)
    start.touch()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert folder.champion in {str(path) for path in models}
    assert set(answers) == {folder.champion}
    assert len(folder.names) == 2 + has_champion


class Killed(BaseException):
    """Ends a promotion at once."""


def test_promotion_killed_at_any_step_leaves_the_old_or_the_new_champion(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before its n-th call that changes a file; the next promotion succeeds."""
    old, new = folder.write("old.npz"), folder.write("new.npz", seed=1)
    left: list[tuple[str | None, int]] = []
    for number in range(1, 20):
        project = Folder(folder.path / str(number))
        folder.history = project.history
        folder.promote(old)
        promotion, calls, ended = folder.promotion(new), 0, False
        with monkeypatch.context() as patch:

            def before(real: Any, number: int = number) -> Any:
                def call(*arguments: Any, **named: Any) -> Any:
                    nonlocal calls
                    calls += 1
                    if calls >= number:  # nothing happens after a kill, not even a `finally`
                        raise Killed
                    return real(*arguments, **named)

                return call

            for owner, name in ((os, "fsync"), (Path, "open"), (Path, "hardlink_to"), (Path, "unlink")):
                patch.setattr(owner, name, before(getattr(owner, name)))
            with contextlib.suppress(Killed):
                champion_file.promote(promotion)
                ended = True
        if ended:
            break
        left.append((folder.champion, len(list(folder.history.glob(".*.partial")))))
        assert folder.champion in {str(old), str(new)}
        assert folder.promote(new) == folder.champion == str(new)
        assert history.read(folder.history).unreadable == ()

    champions = [champion for champion, _ in left]
    assert champions == sorted(champions, key=lambda champion: champion == str(new))
    assert set(champions) == {str(old), str(new)}
    assert {partial for _, partial in left} == {0, 1}


def test_partial_record_of_a_killed_promotion_is_removed(folder: Folder) -> None:
    folder.promote(folder.write("1.npz"))
    left = folder.history / ".champion-000002.json.01234567.partial"
    left.write_text("{", encoding="utf-8")
    os.utime(left, (0, 0))

    assert history.read(folder.history).unreadable == ()
    folder.promote(folder.write("2.npz", seed=1))
    assert not left.exists()


def test_promotion_without_a_history_folder_is_an_error() -> None:
    with pytest.raises(TaggingFailed, match="set \\[history\\] folder"):
        champion_file.promote(Promotion(model=RunRecord(source="files", pathspec="v.kv")))
