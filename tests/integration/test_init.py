"""`embedgate init`: the config that it writes passes for a sound model, and fails permuted vectors."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedgate.config.file import load_config
from embedgate.config.settings import Settings
from embedgate.testing import Sample, sample
from tests.conftest import write_sample
from tests.integration.forked_gate import Ended, ForkedGate
from tests.integration.suite import copy_suite, verdict_in
from tests.integration.tiny_runs import Datastore

CONFIG = "quality_checks.toml"
FILES = ("--vectors=vectors.npz", "--playlists=playlists.jsonl")
GATE_FILES = ("--gate-vectors=vectors.npz", "--gate-playlists=playlists.jsonl")

Command = Callable[..., Ended]


@pytest.fixture
def init(forked: ForkedGate, tmp_path: Path) -> Command:
    """A function that runs `embedgate init` in the folder of the test."""

    def run(*arguments: str, **environment: str) -> Ended:
        ended = forked(tmp_path, "init", *arguments, program="embedgate.cli", environment=environment)
        assert "Traceback" not in ended.output, ended.output
        return ended

    return run


def write(given: Sample, folder: Path) -> None:
    write_sample(given, folder).config.unlink()


def settings_in(folder: Path) -> Settings:
    return load_config(folder / CONFIG, CONFIG).settings


@pytest.fixture(scope="module")
def of_sound_model(forked: ForkedGate, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """`embedgate init` on the files of a sound model."""
    folder = tmp_path_factory.mktemp("sound")
    write(sample(), folder)
    return forked(folder, "init", *FILES, program="embedgate.cli")


def test_sound_model_passes_and_the_output_says_what_is_next(of_sound_model: Ended) -> None:
    assert of_sound_model.status == 0, of_sound_model.output
    assert "verdict of this model: passed" in of_sound_model.output
    assert f"pytest --pyargs embedgate.quality_checks {' '.join(GATE_FILES)}" in of_sound_model.output
    settings = settings_in(of_sound_model.folder)
    assert set(settings.genres) == {"rock", "rap", "jazz"}
    assert settings.model.track_separator == "-"
    assert len(settings.known_tracks) == 5


def test_gate_with_the_written_config_has_the_verdict_of_init(of_sound_model: Ended, forked: ForkedGate) -> None:
    gate = forked(copy_suite(of_sound_model.folder), "quality_checks", *GATE_FILES)

    verdict = verdict_in(of_sound_model.folder)
    assert (gate.status, verdict["verdict"]) == (0, "passed"), gate.output
    passed = sum(check["outcome"] == "passed" for check in verdict["checks"])
    assert f"{passed} passed)" in of_sound_model.output


def test_permuted_vectors_fail_with_the_config_of_the_same_data(
    init: Command, tmp_path: Path, of_sound_model: Ended
) -> None:
    """The config is that of the sound model: no expectation comes from the vectors."""
    given = sample()
    order = np.random.default_rng(1).permutation(len(given.keys))
    write(replace(given, vectors=given.vectors[order]), tmp_path)

    ended = init(*FILES)

    assert ended.status == 1
    assert "verdict of this model: failed" in ended.output
    assert "The keys belong to other vectors" in ended.output
    assert (tmp_path / CONFIG).read_text(encoding="utf-8") == (of_sound_model.folder / CONFIG).read_text("utf-8")


def test_known_track_that_a_sound_model_does_not_meet_is_a_comment(
    init: Command, tmp_path: Path, of_sound_model: Ended
) -> None:
    """One of five: its vector is that of another genre. The model passes all other checks."""
    given, proposed = sample(), settings_in(of_sound_model.folder).known_tracks
    vectors, unmet = given.vectors.copy(), given.keys.index(proposed[0].track)
    genre = given.keys[unmet].partition(" ")[0]
    other = next(row for row, key in enumerate(given.keys) if not key.startswith(genre))
    vectors[unmet] = vectors[other] + np.random.default_rng(0).normal(0, 0.5, vectors.shape[1]) * vectors.std()
    write(replace(given, vectors=vectors), tmp_path)

    ended = init(*FILES)

    assert ended.status == 0, ended.output
    assert settings_in(tmp_path).known_tracks == proposed[1:]
    text = (tmp_path / CONFIG).read_text(encoding="utf-8")
    assert f'# [[known_tracks]]\n# track = "{proposed[0].track}"' in text
    assert "left out as a comment" in " ".join(ended.output.split())


def test_plays_of_integers_with_a_catalogue(init: Command, tmp_path: Path) -> None:
    """Long csv with columns of other names, and labels in place of words."""
    given = sample()
    number = {key: 100_000 + place for place, key in enumerate(given.keys)}
    np.savez(tmp_path / "vectors.npz", keys=np.array(list(number.values())), vectors=given.vectors)
    rows = [
        (f"s{place}", number[key], 60 * step)
        for place, tracks in enumerate(given.sequences)
        for step, key in enumerate(tracks)
    ]
    with (tmp_path / "plays.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("session", "product", "ts"), *rows])
    items = [(number[key], key.partition("-")[2], key.partition("-")[0], key.split()[0]) for key in given.keys]
    with (tmp_path / "items.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("sku", "name", "brand", "category"), *items])

    ended = init("--vectors=vectors.npz", "--playlists=plays.csv", "--catalogue=items.csv")

    assert ended.status == 0, ended.output
    settings = settings_in(tmp_path)
    assert settings.model.columns.given == {"playlist_id": "session", "track": "product", "time": "ts"}
    assert settings.model.track_separator == ""
    assert settings.catalogue is not None
    assert settings.catalogue.columns == ("sku", "name", "brand", "category")
    assert "3 of 3 labels" in ended.output


def test_catalogue_that_is_unrelated_to_the_playlists_is_not_used(init: Command, tmp_path: Path) -> None:
    given = sample()
    write(given, tmp_path)
    rng = np.random.default_rng(0)
    items = [(key, f"maker {rng.integers(20)}", f"kind {rng.integers(3)}") for key in given.keys]
    with (tmp_path / "items.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("key", "brand", "category"), *items])

    ended = init(*FILES, "--catalogue=items.csv")

    assert ended.status == 0, ended.output
    assert settings_in(tmp_path).catalogue is None
    assert "without label" in ended.output
    assert "without artist" in ended.output


def test_existing_config_is_never_overwritten(init: Command, tmp_path: Path) -> None:
    write(sample(), tmp_path)
    (tmp_path / CONFIG).write_text("# mine\n", encoding="utf-8")

    ended = init(*FILES)

    assert ended.status == 2
    assert f"{CONFIG} exists" in ended.output
    assert "--output=FILE" in ended.output
    assert (tmp_path / CONFIG).read_text(encoding="utf-8") == "# mine\n"


def test_broken_link_is_not_followed(init: Command, tmp_path: Path) -> None:
    (tmp_path / CONFIG).symlink_to(tmp_path / "elsewhere.toml")

    assert init(*FILES).status == 2
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--vectors=vectors.npz",), 2, "--vectors needs --playlists"),
        ((*FILES, "--flow=F"), 2, "set only one of them"),
        (("--vectors=gone.npz", "--playlists=playlists.jsonl"), 1, "gone.npz"),
        ((*FILES, "--catalogue=gone.csv"), 1, "gone.csv"),
        (("--vectors=vectors.npz", "--playlists=other.jsonl"), 1, "needs a column with the keys of the vectors"),
        (("--run=models:/m/1",), 2, "no run of Metaflow"),
    ],
    ids=str,
)
def test_errors_name_what_is_wrong_and_write_nothing(
    init: Command, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    write(sample(), tmp_path)
    row = {"playlist_id": "a", "track_sequence": ["x", "y"]}
    (tmp_path / "other.jsonl").write_text(json.dumps(row), encoding="utf-8")

    ended = init(*arguments)

    assert ended.status == status, ended.output
    assert words in ended.output
    assert not (tmp_path / CONFIG).exists()


def test_only_flow_with_a_successful_run_is_taken(init: Command, datastore: Datastore, tmp_path: Path) -> None:
    """TinyFlow has random vectors, so the verdict is not passed."""
    where = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(datastore.root), "HOME": str(datastore.home)}
    ended = init("--output=mine.toml", **where)

    assert ended.status == 1, ended.output
    assert f"TinyFlow/{datastore.newest}" in ended.output
    assert "pytest --pyargs embedgate.quality_checks --gate-config=mine.toml\n" in ended.output
    settings = load_config(tmp_path / "mine.toml", CONFIG).settings
    assert settings.model.flow == "TinyFlow"
    assert (settings.model.vectors, settings.model.playlists) == ("final_vectors", "final_dataset")


def test_artifacts_are_recognized_by_what_they_are(init: Command, datastore: Datastore, tmp_path: Path) -> None:
    """The run has no artifact of the default names: gensim's vectors are taken, and the columns found."""
    run = f"--run=TinyFlow/{datastore.broken}"
    ended = init(run, METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root), HOME=str(datastore.home))

    assert f"--gate-run=TinyFlow/{datastore.broken}" in ended.output
    settings = settings_in(tmp_path)
    assert settings.model.vectors == "sound_vectors"
    assert settings.model.playlists == "final_dataset"
    assert settings.model.columns.track_sequence == "tracks"


def test_no_flow_is_an_error_that_says_what_to_set(init: Command, tmp_path: Path) -> None:
    ended = init(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(tmp_path / "empty"))

    assert ended.status in (1, 2)
    assert "--flow" in ended.output
