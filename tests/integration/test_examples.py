"""The examples: the commands of each README pass a sound model and fail a broken one, as documented."""

from __future__ import annotations

import csv
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.integration.example_runs import EXAMPLES, documented, packages, run_example
from tests.integration.forked_gate import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.example_runs import ExampleGate
    from tests.integration.installed_wheel import Installed

REGENERATE = "run `python -m tests.integration.example_runs`"


def run_both(name: str, installed: Installed, folder: Path) -> tuple[ExampleGate, ExampleGate]:
    """Run an example, and return the gate runs of its sound and its broken model, whose summary is in the gallery."""
    sound, broken = run_example(name, installed, folder)
    assert (sound.status, sound.verdict["verdict"]) == (0, "passed"), sound.output
    assert not sound.with_outcome("inconclusive")
    assert not sound.verdict["diagnoses"]
    assert (broken.status, broken.verdict["verdict"]) == (1, "failed"), broken.output
    expected = documented(name)
    assert statements(expected) == statements(broken.output), REGENERATE
    failed = {
        line.split()[1].rstrip(":") for line in expected.splitlines() if line.startswith("FAILED ") and "." in line
    }
    assert failed
    assert failed <= broken.with_outcome("failed"), REGENERATE
    return sound, broken


def statements(output: str) -> list[str]:
    """Return the verdict and its causes, without numbers, which depend on the versions of the libraries."""
    lines = [line for line in output.splitlines() if line.startswith(("verdict: ", "cause of "))]
    return [re.sub(r"\d[\d.,]*\d|\d", "#", line) for line in lines]


def explained_by(cause: str, gate: ExampleGate) -> set[str]:
    """Return the checks that the only cause of a verdict explains."""
    (diagnosis,) = gate.verdict["diagnoses"]
    assert diagnosis["cause"] == cause
    return set(diagnosis["explains"])


def test_every_example_is_tested() -> None:
    assert EXAMPLES == ["books", "films", "products", "words"]


def test_extra_contains_the_packages_of_the_examples() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {re.split(r"[>=<; ]", requirement)[0] for requirement in extras["examples"]}

    assert set.union(*map(packages, EXAMPLES)) == {"embedgate"} | named
    assert "embedgate[examples]" in extras["dev"]


def test_missing_package_is_named(installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.example_runs.packages", lambda _: {"embedgate", "no-such-package"})

    with pytest.raises(RuntimeError, match="the example 'books' needs no-such-package: run pip install"):
        run_example("books", installed, tmp_path)


def test_films_saved_under_other_films(installed: Installed, tmp_path: Path) -> None:
    sound, broken = run_both("films", installed, tmp_path)

    assert not sound.with_outcome("warned")
    known = {name for name in sound.checks if name.startswith("neighbours.known[")}
    genres = {name for name in sound.checks if name.startswith("separation.space[")}
    assert (len(known), len(genres)) == (3, 8)
    assert {*known, *genres, "neighbours.co_listening"} <= explained_by("keys.shuffled", broken)
    assert {*known, "neighbours.co_listening"} <= broken.with_outcome("failed")


def test_products_of_a_dropped_department(installed: Installed, tmp_path: Path) -> None:
    sound, broken = run_both("products", installed, tmp_path)

    assert not sound.with_outcome("warned")
    assert sound.verdict["promoted"]
    assert broken.verdict["champion"]["pathspec"] == sound.verdict["run"]["pathspec"]
    assert broken.with_outcome("failed") == {"vocabulary.top", "champion.lost"}
    assert {"neighbours.co_listening", "retrieval.hit_rate"} <= broken.with_outcome("passed")
    folder = tmp_path / "products"
    with (folder / "verdict.tracks.csv").open(encoding="utf-8", newline="") as file:
        lost = [row["track"] for row in csv.DictReader(file) if row["check"] == "champion.lost"]
    printed = installed.run(
        "-c",
        "import products_flow as flow, numpy as np; items = flow.catalogue(np.random.default_rng(flow.SEED));"
        "print(*items['item_id'][items['department'] == 'Lighting'])",
        cwd=folder,
    )
    assert sorted(lost) == sorted(printed.stdout.split())
    assert set(broken.checks["vocabulary.top"]["tracks"]) < set(lost)


def test_words_shifted_by_a_row(installed: Installed, tmp_path: Path) -> None:
    sound, broken = run_both("words", installed, tmp_path)

    assert not sound.with_outcome("warned")
    analogies = {name for name in sound.checks if name.startswith("neighbours.known[")}
    assert len(analogies) > 10
    assert {*analogies, "neighbours.co_listening"} == broken.with_outcome("failed")
    assert broken.with_outcome("failed") <= explained_by("keys.shifted", broken)
    assert abs(broken.verdict["diagnoses"][0]["figures"]["rows"]) == 1
    with (tmp_path / "words" / "verdict.neighbours.csv").open(encoding="utf-8", newline="") as file:
        assert {row["track"] for row in csv.DictReader(file)} >= {"king - man + woman"}


def test_books_with_the_factors_of_readers(installed: Installed, tmp_path: Path) -> None:
    sound, broken = run_both("books", installed, tmp_path)

    assert sound.with_outcome("warned") == {"retrieval.popularity"}
    assert {"neighbours.co_listening", "neighbours.same_artist"} <= broken.with_outcome("failed")
    assert broken.with_outcome("failed") <= explained_by("keys.shuffled", broken)
