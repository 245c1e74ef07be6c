"""Gate runs whose titles, artists and genres come from an item catalogue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from embedgate.testing import sample
from tests.conftest import WITHOUT_MAP, timeless
from tests.integration.suite import checks_of, copy_suite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import Datastore
    from tests.integration.forked_gate import Ended, ForkedGate

FILES = ("--gate-vectors=vectors.npz", "--gate-playlists=lists.jsonl")
CONFIG = """
[model.columns]
playlist_id = "session"
track_sequence = "items"
[catalogue]
source = "{source}"
key = "item_id"
title = "name"
artist = "brand"
label = "category"
[slices]
columns = ["country"]
[[known_tracks]]
track = 100000
expect = ["artist:Jazz Artist 00"]
min_hits = 3
[map]
tracks = 200
"""
HOSTILE = ("<script>alert(1)</script>", "$x_{y}$ \n ::error::", "\u202eW\x1b[31m" + "w" * 200)
"""Labels instead of rock, rap and jazz."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped suite, and a sound model of integer keys whose metadata are in items.jsonl."""
    made = sample()
    number = {key: 100_000 + row for row, key in enumerate(made.keys)}
    np.savez(tmp_path / "vectors.npz", keys=np.array(list(number.values())), vectors=made.vectors)
    lists = [{"session": row, "items": [number[key] for key in keys]} for row, keys in enumerate(made.sequences)]
    (tmp_path / "lists.jsonl").write_text("\n".join(map(json.dumps, lists)), encoding="utf-8")
    write_items(tmp_path, {"Rock": "rock", "Rap": "rap", "Jazz": "jazz"})
    return copy_suite(tmp_path, CONFIG.format(source="items.jsonl") + WITHOUT_MAP)


def write_items(folder: Path, label_of: dict[str, str]) -> None:
    """Write the catalogue, with a label for each genre of the sample."""
    items = [
        {
            "item_id": 100_000 + row,
            "name": key.partition("-")[2],
            "brand": key.partition("-")[0],
            "category": [label_of[key.partition(" ")[0]]],
            "country": "FR" if row % 3 else "C\u00f4te d'Ivoire",
        }
        for row, key in enumerate(sample().keys)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")


def run(forked: ForkedGate, folder: Path, *arguments: str) -> Ended:
    """Run the gate on the files."""
    return forked(folder, "quality_checks", *FILES, *arguments, limit=300)


def test_labels_of_a_catalogue_are_the_genres_of_the_checks(forked: ForkedGate, folder: Path) -> None:
    """Each label is a test; the verdict records the file, and the report shows titles."""
    done = run(forked, folder)

    assert (done.status, done.verdict["verdict"]) == (0, "passed"), done.output
    checks = checks_of(done.verdict)
    assert {f"separation.space[{genre}]" for genre in ("jazz", "rap", "rock")} <= checks.keys()
    assert checks["separation.space[rock]"]["outcome"] == "passed"
    assert checks["neighbours.known[100000]"]["outcome"] == "passed"
    assert {"retrieval.slice[category=rock]", "retrieval.slice[country=cote-d-ivoire]"} <= checks.keys()
    assert checks["retrieval.slice[country=fr]"]["n"] > 100
    assert checks["retrieval.slice[country=fr]"]["outcome"] == "passed"
    assert [file["role"] for file in done.verdict["run"]["files"]] == ["vectors", "playlists", "catalogue"]
    assert "100000 (Jazz Artist 00 \u2013 Song 00)" in (folder / "report.html").read_text(encoding="utf-8")
    assert "country = C\u00f4te d&#39;Ivoire" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("distributed", [(), ("-n", "1")], ids=["alone", "distributed"])
def test_terminal_names_offending_tracks(forked: ForkedGate, folder: Path, distributed: tuple[str, ...]) -> None:
    """A key alone tells a reader nothing; line breaks of a title do not begin a line."""
    with np.load(folder / "vectors.npz") as saved:
        keys, vectors = saved["keys"], saved["vectors"]
    vectors[0] = 0
    np.savez(folder / "vectors.npz", keys=keys, vectors=vectors)
    items = (folder / "items.jsonl").read_text(encoding="utf-8")
    (folder / "items.jsonl").write_text(items.replace('"Song 00"', r'"Song 00\n::error::"', 1), encoding="utf-8")

    done = run(forked, folder, *distributed)

    assert done.status == 1
    assert "Offending tracks: '100000' (Jazz Artist 00 \N{EN DASH} Song 00" in done.output
    assert "\n::error::" not in done.output.replace("\r", "")


def test_distributed_run_has_the_same_checks(forked: ForkedGate, folder: Path) -> None:
    """Workers receive labels and slices from the controller."""
    alone = timeless(run(forked, folder).verdict)

    distributed = run(forked, folder, "-n", "2")

    assert distributed.status == 0, distributed.output
    assert timeless(distributed.verdict) == alone


def test_hostile_labels_are_text(forked: ForkedGate, folder: Path) -> None:
    write_items(folder, dict(zip(("Rock", "Rap", "Jazz"), HOSTILE, strict=True)))
    (folder / "quality_checks.toml").write_text(CONFIG.format(source="./items.jsonl"), encoding="utf-8")

    done = run(forked, folder)

    assert done.verdict["error"] is None
    assert done.verdict["verdict"] == "passed", done.output
    assert "could not be drawn" not in done.output
    assert "\x1b[31mw" not in done.output
    assert "\n::error::" not in done.output.replace("\r", "")
    assert "<script>alert(1)" not in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("replaced", "by", "status", "message"),
    [
        ('"items.jsonl"', '"missing.csv"', 1, "there is no file"),
        ('key = "item_id"', 'key = "id"', 1, "has no column 'id'; its columns are item_id, name, brand, category"),
        ('["country"]', '["contry"]', 1, "has no column 'contry' (did you mean 'country'?)"),
        (
            "[map]",
            '[checks."retrieval.slice[country=UK]"]\nseverity = "off"\n[map]',
            4,
            "retrieval.slice[country=UK]",
        ),
        ('key = "item_id"', 'key = "name"', 1, "no name is the key of a track. name contains 'Song 00'"),
        ('"items.jsonl"', '"items"', 4, "is the name of an artifact, and the model is not from a run"),
        ("artist:Jazz Artist 00", "genre:jaz", 4, "which is not a label (did you mean 'jazz'?)"),
        ("[map]", '[checks."separation.map[polka]"]\nseverity = "off"\n[map]', 4, "separation.map[polka]"),
    ],
)
def test_catalogue_that_does_not_fit_fails_the_gate(
    forked: ForkedGate, folder: Path, replaced: str, by: str, *, status: int, message: str
) -> None:
    config = CONFIG.format(source="items.jsonl").replace(replaced, by, 1)
    (folder / "quality_checks.toml").write_text(config, encoding="utf-8")

    done = run(forked, folder)

    assert (done.status, (folder / "verdict.json").exists()) == (status, status == 1), done.output
    found: Any = done.verdict["error"]["message"] if status == 1 else done.output
    assert message in found


def test_catalogue_is_not_overwritten(forked: ForkedGate, folder: Path) -> None:
    before = (folder / "items.jsonl").read_bytes()

    done = run(forked, folder, "--log-file=items.jsonl")

    assert done.status == 4, done.output
    assert "[catalogue] source" in done.output
    assert (folder / "items.jsonl").read_bytes() == before


def test_artifact_of_the_run_is_the_catalogue(forked: ForkedGate, tmp_path: Path, datastore: Datastore) -> None:
    """Without a matching key, the error names the artifact."""
    catalogue = '[catalogue]\nsource = "final_dataset"\nkey = "playlist_id"\nlabel = "playlist_id"\n'
    copy_suite(tmp_path, f'[model]\nflow = "TinyFlow"\n{catalogue}')
    environment = datastore.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))

    done = forked(tmp_path, "quality_checks", environment=environment)

    error = done.verdict["error"]
    assert (done.status, error["kind"]) == (1, "ArtifactInvalid"), done.output
    assert error["message"].startswith(f"artifact 'final_dataset' of run TinyFlow/{datastore.newest}: no playlist_id")
    assert (
        "playlist_id contains 'ann-rock', 'bob-rap', 'cy-country'; keys of tracks are 'Artist 0-" in error["message"]
    )


def test_missing_artifact_is_reported(forked: ForkedGate, tmp_path: Path, datastore: Datastore) -> None:
    copy_suite(tmp_path, '[model]\nflow = "TinyFlow"\n[catalogue]\nsource = "items"\nkey = "k"\nlabel = "l"\n')
    environment = datastore.environment(METAFLOW_DATASTORE_SYSROOT_LOCAL=str(datastore.root))

    done = forked(tmp_path, "quality_checks", environment=environment)

    assert done.verdict["error"]["kind"] == "ArtifactMissing"
    assert "has no artifact 'items'" in done.verdict["error"]["message"]
    assert "The name is set by [catalogue] source" in done.verdict["error"]["message"]
