"""The public Python API."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import embedgate
from embedgate.diagnosis import diagnose
from embedgate.judgement.verdict_file import read_verdict
from embedgate.testing import sample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SampleFiles

SOUND = sample()
CONFIG = {"model": {"track_separator": "-"}, "genres": {"rock": ["rock"], "rap": ["rap"]}, "map": {"tracks": 200}}


@pytest.fixture(scope="module")
def verdict() -> embedgate.Verdict:
    """The verdict on a sound model compared with itself."""
    vectors = (SOUND.keys, SOUND.vectors)
    return embedgate.evaluate(vectors, pd.DataFrame(SOUND.rows()), config=CONFIG, champion=vectors)


@pytest.fixture(scope="module")
def shuffled() -> embedgate.Verdict:
    """The verdict on a model whose keys are shuffled."""
    keys = list(np.random.default_rng(0).permutation(SOUND.keys))
    return embedgate.evaluate((keys, SOUND.vectors), SOUND.sequences, config=CONFIG)


def test_public_names_are_deliberate() -> None:
    public = {
        "CheckResult",
        "ConfigError",
        "Diagnosis",
        "EmbedgateError",
        "GateFailed",
        "Measurement",
        "UnavailableError",
        "UsageError",
        "Verdict",
        "drill",
        "evaluate",
        "load_files",
        "load_run",
    }

    assert set(embedgate.__all__) == public
    assert all(getattr(embedgate, name).__name__ == name for name in public)
    assert public <= set(dir(embedgate))
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        _ = embedgate.evaluat


def test_import_of_embedgate_imports_no_heavy_package() -> None:
    heavy = ("pandas", "numpy", "gensim", "metaflow", "matplotlib", "sklearn", "scipy", "pydantic", "pytest")
    code = f"import sys, embedgate; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_sound_model_passes(verdict: embedgate.Verdict) -> None:
    assert verdict.outcome == "passed"
    assert verdict.passed
    assert verdict.failures == ()
    assert verdict["champion.match_auc"].value == pytest.approx(1)
    assert verdict["neighbours.co_listening"].outcome == "passed"
    assert repr(verdict) == f"<Verdict passed: {len(verdict.checks)} checks>"
    verdict.raise_for_failure()


def test_model_with_shuffled_keys_fails(shuffled: embedgate.Verdict) -> None:
    failed = {check.id for check in shuffled.failures}

    assert shuffled.outcome == "failed"
    assert "neighbours.co_listening" in failed
    assert "<Verdict failed: " in repr(shuffled)
    with pytest.raises(embedgate.GateFailed) as caught:
        shuffled.raise_for_failure()
    assert all(each in str(caught.value) for each in failed)


def test_verdict_has_the_cause_of_its_failures(verdict: embedgate.Verdict, shuffled: embedgate.Verdict) -> None:
    """Its playlists are lists without names, which is another cause."""
    causes = [each.cause for each in shuffled.diagnoses]

    assert verdict.diagnoses == ()
    assert set(causes) == {"keys.shuffled", "genres.untagged"}
    assert [each["cause"] for each in json.loads(shuffled.to_json())["diagnoses"]] == causes
    for each in shuffled.diagnoses:
        assert isinstance(each, embedgate.Diagnosis)
        assert set(each.explains) <= {check.id for check in shuffled.checks if check.outcome != "passed"}


def test_cause_that_cannot_be_tested_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict does not depend on it."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("no tracks")

    monkeypatch.setattr(diagnose, "CAUSES", ((broken,),))

    with pytest.warns(RuntimeWarning, match="the cause 'broken' could not be tested: ZeroDivisionError: no tracks"):
        found = embedgate.evaluate((SOUND.keys[::-1], SOUND.vectors), SOUND.sequences, config=CONFIG)

    assert (found.outcome, found.diagnoses) == ("failed", ())


def test_champion_checks_are_off_without_a_champion(shuffled: embedgate.Verdict) -> None:
    assert {check.outcome for check in shuffled.checks if check.family == "champion"} == {"off"}
    assert shuffled.record.champion is None


def test_unknown_check_id_is_an_error_with_a_suggestion(verdict: embedgate.Verdict) -> None:
    with pytest.raises(KeyError, match=r"no check 'vocabulary\.covrage'; did you mean 'vocabulary\.coverage'"):
        verdict["vocabulary.covrage"]


def test_partial_verdict_does_not_pass() -> None:
    config = {**CONFIG, "checks": {"integrity": {"severity": "off"}}}

    verdict = embedgate.evaluate((SOUND.keys, SOUND.vectors), pd.DataFrame(SOUND.rows()), config=config)

    assert verdict.outcome == "partial"
    with pytest.raises(embedgate.GateFailed, match=r"integrity\.finite was not judged"):
        verdict.raise_for_failure()


def test_frame_has_one_row_per_check(verdict: embedgate.Verdict) -> None:
    frame = verdict.to_frame()

    assert list(frame.index) == [check.id for check in verdict.checks]
    assert frame.loc["vocabulary.size", "value"] == len(SOUND.keys)
    assert set(frame.columns) >= {"outcome", "severity", "value", "ci_low", "ci_high", "bound", "n", "message"}


def test_json_is_a_valid_verdict_file(verdict: embedgate.Verdict, tmp_path: Path) -> None:
    text = verdict.to_json(tmp_path / "verdict.json")

    read = read_verdict(tmp_path / "verdict.json")
    assert json.loads(text) == json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert (read.verdict.outcome, read.notes) == ("passed", ())
    assert [check.id for check in read.verdict.checks] == [check.id for check in verdict.checks]
    verdict.to_json(tmp_path / "verdict.json")  # a file that embedgate wrote is replaced


def test_html_is_a_self_contained_page(verdict: embedgate.Verdict, tmp_path: Path) -> None:
    page = verdict.to_html(tmp_path / "report.html")

    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    assert page.startswith("<!DOCTYPE html>")
    assert "Content-Security-Policy" in page
    assert "separation.space[rock]" in page
    assert "https://" not in page.replace("https://www.w3.org", "")
    verdict.to_html(tmp_path / "report.html")


@pytest.mark.parametrize("method", ["to_json", "to_html"])
def test_file_of_the_user_is_never_overwritten(verdict: embedgate.Verdict, tmp_path: Path, method: str) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(embedgate.UsageError, match="a file that embedgate did not write"):
        getattr(verdict, method)(path)

    assert path.read_text(encoding="utf-8") == "mine"


def test_notebook_shows_the_verdict(shuffled: embedgate.Verdict) -> None:
    shown = shuffled._repr_html_()

    assert "failed" in shown
    assert "neighbours.co_listening" in shown
    assert "<script" not in shown


def test_all_types_of_vectors_have_the_same_results() -> None:
    forms: list[Any] = [
        (SOUND.keys, SOUND.vectors),
        dict(zip(SOUND.keys, SOUND.vectors, strict=True)),
        pd.DataFrame(SOUND.vectors, index=SOUND.keys),
    ]
    config = {**CONFIG, "checks": {"map": {"severity": "off"}, "separation.map": {"severity": "off"}}}

    verdicts = [embedgate.evaluate(form, SOUND.sequences, config=config) for form in forms]

    values = [[(check.id, check.outcome, check.value) for check in each.checks] for each in verdicts]
    assert values[0] == values[1] == values[2]


def test_objects_in_memory_and_files_have_the_same_results(sound: SampleFiles) -> None:
    model = embedgate.load_files(sound.vectors, sound.playlists)

    from_files = embedgate.evaluate(model, config=sound.config)
    from_memory = embedgate.evaluate((SOUND.keys, SOUND.vectors), pd.DataFrame(SOUND.rows()), config=sound.config)

    def timeless(verdict: embedgate.Verdict) -> list[embedgate.CheckResult]:
        return [replace(check, seconds=0.0) for check in verdict.checks]

    assert timeless(from_files) == timeless(from_memory)
    assert from_files.record.run is not None
    assert from_files.record.run["source"] == "files"
    assert from_memory.record.run is not None
    assert from_memory.record.run["source"] == "memory"


def test_missing_playlists_are_a_usage_error() -> None:
    with pytest.raises(embedgate.UsageError, match="needs playlists"):
        embedgate.evaluate((SOUND.keys, SOUND.vectors))


def test_config_errors_name_the_key(tmp_path: Path) -> None:
    with pytest.raises(embedgate.ConfigError, match=r"unknown key 'genre' \(did you mean 'genres'"):
        embedgate.evaluate((SOUND.keys, SOUND.vectors), SOUND.sequences, config={"genre": {}})
    with pytest.raises(embedgate.ConfigError, match="unknown check"):
        embedgate.evaluate((SOUND.keys, SOUND.vectors), SOUND.sequences, config={"checks": {"map.x": {}}})
    with pytest.raises(embedgate.ConfigError, match="cannot be read"):
        embedgate.evaluate((SOUND.keys, SOUND.vectors), SOUND.sequences, config=tmp_path / "none.toml")


def test_columns_of_the_config_are_used_for_frames() -> None:
    """Genre words are looked for in the configured column."""
    frame = pd.DataFrame(SOUND.rows()).rename(columns={"playlist_id": "title", "track_sequence": "items"})
    columns = {"playlist_name": "title", "track_sequence": "items"}
    config = {**CONFIG, "model": {"track_separator": "-", "columns": columns}}

    found = embedgate.evaluate(
        (SOUND.keys, SOUND.vectors), frame.assign(playlist_id=range(len(frame))), config=config
    )

    assert found["separation.space[rock]"].outcome == "passed"


def test_loaded_model_must_have_the_columns_of_the_config(tmp_path: Path) -> None:
    """A model that was loaded with other columns does not fit the config."""
    np.savez(tmp_path / "v.npz", keys=np.array(SOUND.keys), vectors=SOUND.vectors)
    frame = pd.DataFrame(SOUND.rows()).rename(columns={"track_sequence": "items"}).assign(title="rock")
    frame.to_parquet(tmp_path / "p.parquet")
    files = (tmp_path / "v.npz", tmp_path / "p.parquet")
    config = {"model": {"columns": {"track_sequence": "items", "playlist_name": "title"}}}
    loaded = embedgate.load_files(*files, columns={"track_sequence": "items"})

    with pytest.raises(embedgate.UsageError, match=r"pass columns=.*'playlist_name': 'title'.* to load_run"):
        embedgate.evaluate(loaded, config=config)
    with pytest.raises(embedgate.UsageError, match="unknown column 'items' in columns"):
        embedgate.load_files(*files, columns={"items": "x"})


INTEGERS = {key: 100_000 + number for number, key in enumerate(SOUND.keys)}
CATALOGUE = pd.DataFrame(
    {
        "item_id": list(INTEGERS.values()),
        "name": [key.partition("-")[2] for key in INTEGERS],
        "brand": [key.partition("-")[0] for key in INTEGERS],
        "category": [key.partition(" ")[0].lower() for key in INTEGERS],
    }
)
OF_CATALOGUE = {
    "catalogue": {"key": "item_id", "title": "name", "artist": "brand", "label": "category"},
    "map": {"tracks": 200},
    "known_tracks": [{"track": 100_000, "expect": ["artist:Jazz Artist 00", "genre:jazz"], "min_hits": 3}],
    "checks": {"separation.space[jazz]": {"at_least": 0.5}},
}
LISTS = pd.DataFrame(
    {
        "playlist_id": range(len(SOUND.sequences)),
        "track_sequence": [[INTEGERS[key] for key in keys] for keys in SOUND.sequences],
    }
)


def evaluated(catalogue: object, sections: dict[str, object] | None = None) -> embedgate.Verdict:
    """The verdict on the sound model with integer keys, whose metadata are in a catalogue."""
    vectors = (list(INTEGERS.values()), SOUND.vectors)
    return embedgate.evaluate(vectors, LISTS, config=OF_CATALOGUE | (sections or {}), catalogue=catalogue)


def test_labels_artists_and_titles_of_a_catalogue_are_used() -> None:
    """Nothing but integers is known without the catalogue."""
    found = evaluated(CATALOGUE)

    for genre in ("rock", "rap", "jazz"):
        assert found[f"separation.space[{genre}]"].outcome == "passed"
    assert found["neighbours.known[100000]"].outcome == "passed"
    assert found["neighbours.same_artist"].outcome == "passed"
    assert found["separation.tag_coverage"].value == 1
    assert "labels of the object given as catalogue" in found["separation.tag_coverage"].message
    assert "100000 (Jazz Artist 00 \u2013 Song 00)" in found.to_html()


def test_shuffled_catalogue_fails() -> None:
    """Negative control: labels and artists of other tracks."""
    shuffled = CATALOGUE.assign(item_id=np.random.default_rng(0).permutation(CATALOGUE["item_id"]))

    found = evaluated(shuffled)

    failed = {check.id for check in found.failures}
    assert {"separation.space[rock]", "separation.space[rap]", "separation.space[jazz]"} <= failed


def test_duplicates_are_found_by_the_titles_of_a_catalogue() -> None:
    """Keys have no title."""
    names = CATALOGUE["name"].where(CATALOGUE.index != 1, "Song 00 - Remastered 2011")
    vectors = SOUND.vectors.copy()
    vectors[1] = vectors[0]

    found = embedgate.evaluate(
        (list(INTEGERS.values()), vectors), LISTS, config=OF_CATALOGUE, catalogue=CATALOGUE.assign(name=names)
    )

    assert set(found["duplicates.rate"].tracks) <= {"100000", "100001"}
    assert found["duplicates.rate"].value == pytest.approx(1 / len(SOUND.keys))


def test_catalogue_may_be_a_file(tmp_path: Path) -> None:
    """The verdict records the file."""
    CATALOGUE.to_csv(tmp_path / "items.csv", index=False)

    found = evaluated(tmp_path / "items.csv")

    assert found["separation.space[rock]"].outcome == "passed"
    files = json.loads(found.to_json())["run"]["files"]
    assert [file["role"] for file in files] == ["catalogue"]


@pytest.mark.parametrize(
    ("catalogue", "sections", "error", "message"),
    [
        (None, {}, embedgate.UsageError, r"\[catalogue\] has no source"),
        (CATALOGUE, {"catalogue": {"key": "id", "label": "category"}}, embedgate.UnavailableError, "no column 'id'"),
        (
            CATALOGUE,
            {"catalogue": {"key": "item_id", "label": "item_id"}, "known_tracks": [], "checks": {}},
            embedgate.UnavailableError,
            r"no label has 10 tracks that are played or have a vector: the most frequent are '100000' \(1\)",
        ),
        (
            CATALOGUE,
            {"checks": {"separation.space[polka]": {"at_least": 0.5}}},
            embedgate.ConfigError,
            r"unknown check 'separation.space\[polka\]'",
        ),
        (
            None,
            {"catalogue": {"source": "items", "key": "item_id", "label": "category"}},
            embedgate.UsageError,
            "is the name of an artifact, and the model is not from a run",
        ),
    ],
)
def test_catalogue_that_does_not_fit_is_an_error(
    catalogue: object, sections: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaluated(catalogue, sections)


def test_catalogue_without_columns_is_an_error() -> None:
    with pytest.raises(embedgate.UsageError, match=r"the config has no \[catalogue\]"):
        embedgate.evaluate((SOUND.keys, SOUND.vectors), SOUND.sequences, config=CONFIG, catalogue=CATALOGUE)


def test_catalogue_of_other_keys_is_an_error() -> None:
    with pytest.raises(embedgate.UnavailableError, match="item_id contains 'x'; keys of tracks are '100000'"):
        evaluated(pd.DataFrame({"item_id": ["x"], "name": "n", "brand": "b", "category": "c"}))


def test_drill_uses_the_catalogue() -> None:
    """Faults of genres need the labels."""
    vectors = (list(INTEGERS.values()), SOUND.vectors)

    found = embedgate.drill(vectors, LISTS, config=OF_CATALOGUE, catalogue=CATALOGUE, champion=vectors).drill

    assert found is not None
    genre = [fault for fault in found.faults if "genre" in fault.name]
    assert genre
    assert any(fault.attempts for fault in genre)
