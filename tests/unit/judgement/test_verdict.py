"""From outcomes to one word, and the file that carries it."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from embedgate.checks.bounds import at_least, at_most
from embedgate.checks.registry import check_ids
from embedgate.config import Settings
from embedgate.judgement.result import MOST_TRACKS, CheckResult, Outcome
from embedgate.judgement.verdict import VerdictRecord, fold, result_as_json

OUTCOMES: tuple[Outcome, ...] = (
    "passed",
    "warned",
    "failed",
    "inconclusive",
    "no_baseline",
    "off",
    "error",
    "not_run",
)


def result(outcome: Outcome, severity: Any = "fail", **more: Any) -> CheckResult:
    """A result of some check."""
    return CheckResult(id="f.check", outcome=outcome, severity=severity, **more)


def verdict(*results: CheckResult, **more: Any) -> VerdictRecord:
    """A verdict on some run."""
    return VerdictRecord(outcome=fold(results), results=results, run={"source": "files"}, **more)


def read(path: Path) -> Any:
    """Read JSON as strictly as the standard is: no NaN, no Infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.mark.parametrize(
    ("outcome", "severity", "word"),
    [
        ("passed", "fail", "passed"),
        ("warned", "warn", "passed"),
        ("no_baseline", "fail", "passed"),
        ("off", "off", "passed"),
        ("inconclusive", "warn", "passed"),
        ("inconclusive", "fail", "inconclusive"),
        ("failed", "fail", "failed"),
        ("error", "fail", "failed"),
        ("error", "warn", "failed"),
        ("not_run", "fail", "partial"),
        ("not_run", "warn", "partial"),
    ],
)
def test_one_outcome_beside_a_pass(outcome: Outcome, severity: str, word: str) -> None:
    """The table of docs/verdict.md, row by row, whichever comes first."""
    both = [result("passed"), result(outcome, severity)]

    assert fold(both) == fold(both[::-1]) == word


def test_no_check_at_all_blesses_nothing() -> None:
    """What did not run blesses no model."""
    assert fold([]) == "partial"


def test_the_worst_of_any_two_outcomes_wins() -> None:
    """Failed before inconclusive before partial before passed, for every two outcomes."""
    ranked = ("passed", "partial", "inconclusive", "failed")
    for one, other in product(OUTCOMES, repeat=2):
        alone = [fold([result(each)]) for each in (one, other)]

        assert fold([result(one), result(other)]) == max(alone, key=ranked.index)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_gate_opens_only_where_nothing_stops(outcome: Outcome) -> None:
    """A result that stops makes the verdict failed or inconclusive, and only such a one does."""
    one = result(outcome)

    assert one.fails_gate == (fold([one]) in ("failed", "inconclusive"))


def test_the_file_holds_the_contract(tmp_path: Path) -> None:
    """Every key of schema 1, and each check as docs/verdict.md shows it."""
    one = result(
        "failed",
        value=0.96,
        interval=(0.94, 0.97),
        bound=at_least(0.97, "null"),
        n=178,
        message="m",
        tracks=("Björk-Jóga",),
        seconds=0.12345,
    )
    verdict(one, config="quality_checks.toml", config_sha256="ab", seconds=6.10001).write(tmp_path / "v.json")

    found = read(tmp_path / "v.json")
    assert set(found) == {
        *("schema", "verdict", "error", "run", "champion", "promoted", "checks"),
        *("config", "config_sha256", "versions", "seconds"),
        *("promotion", "missing", "nonce", "started_at", "finished_at", "arguments"),
    }
    assert (found["schema"], found["verdict"], found["champion"], found["promoted"]) == (1, "failed", None, False)
    assert {"embedgate", "numpy", "pytest"} <= set(found["versions"])
    assert found["seconds"] == 6.1
    assert found["checks"] == [
        {
            "id": "f.check",
            "outcome": "failed",
            "severity": "fail",
            "value": 0.96,
            "ci": [0.94, 0.97],
            "bound": {"at_least": 0.97, "from": "null"},
            "n": 178,
            "seconds": 0.123,
            "message": "m",
            "tracks": ["Björk-Jóga"],
        }
    ]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_null(tmp_path: Path, odd: float) -> None:
    """NaN and infinity, in a value, an interval or a bound, never reach the file, and never keep it from being."""
    verdict(result("failed", value=odd, interval=(odd, 1.0), bound=at_most(odd, "user"))).write(tmp_path / "v.json")

    check = read(tmp_path / "v.json")["checks"][0]
    assert (check["value"], check["ci"], check["bound"]) == (None, [None, 1.0], {"at_most": None, "from": "user"})


def test_a_constant_bound_says_so() -> None:
    """A documented constant is told apart from what this model's chance gives."""
    one = result_as_json(result("passed", bound=at_most(0, "null", constant=True)))

    assert one["bound"] == {"at_most": 0, "from": "null", "constant": True}


def test_at_most_fifty_tracks_stand_in_the_verdict_and_all_beside_it(tmp_path: Path) -> None:
    """Long lists of blamed tracks go, whole and in order, into a CSV; short ones stay where they are."""
    tracks = tuple(f'A"{number}"-B, C\n' for number in range(MOST_TRACKS + 1))
    short = CheckResult(id="g.x", outcome="failed", severity="fail", tracks=("y",))
    found = verdict(result("failed", tracks=tracks), short)
    found.write(tmp_path / "verdict.json")
    found.write_tracks(tmp_path / "verdict.json")

    assert read(tmp_path / "verdict.json")["checks"][0]["tracks"] == list(tracks[:MOST_TRACKS])
    with (tmp_path / "verdict.tracks.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["check", "rank", "track"]
    assert rows[1:] == [["f.check", str(rank), track] for rank, track in enumerate(tracks, 1)]


def test_without_long_lists_there_is_no_csv(tmp_path: Path) -> None:
    """Fifty tracks fit into the verdict, which is then all that is written."""
    verdict(result("failed", tracks=("x",) * MOST_TRACKS)).write_tracks(tmp_path / "v.json")

    assert list(tmp_path.iterdir()) == []


def test_letters_that_no_file_holds_are_replaced(tmp_path: Path) -> None:
    """Half a surrogate pair in a track's key spoils neither the JSON nor the CSV."""
    found = verdict(result("failed", message="\ud83d", tracks=("\ud83d-x",) * 51))
    found.write(tmp_path / "v.json")
    found.write_tracks(tmp_path / "v.json")

    assert read(tmp_path / "v.json")["checks"][0]["tracks"][0] == "?-x"
    assert "?-x" in (tmp_path / "v.tracks.csv").read_text(encoding="utf-8")


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk gives out, the verdict of before is untouched; where it does not, nothing else is left."""
    path = tmp_path / "verdict.json"
    verdict(result("passed")).write(path)
    before = path.read_bytes()

    def full(self: Path, target: Path) -> Path:
        assert json.loads(self.read_text(encoding="utf-8"))["verdict"] == "failed"
        raise OSError(28, "No space left on device", str(target))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            verdict(result("failed")).write(path)

    assert path.read_bytes() == before
    verdict(result("failed")).write(path)
    assert [one.name for one in tmp_path.iterdir()] == ["verdict.json"]
    assert read(path)["verdict"] == "failed"


def test_every_expected_check_can_stand_in_a_verdict(tmp_path: Path) -> None:
    """A whole run that nobody started is partial, every id in it once, in the order of the checks."""
    ids = list(check_ids(Settings.model_validate({"genres": {"rock": ("rock",), "rap": ("rap",)}})))
    verdict(*(CheckResult(id=each, outcome="not_run", severity="fail") for each in ids)).write(tmp_path / "v.json")

    found = read(tmp_path / "v.json")
    assert found["verdict"] == "partial"
    assert [check["id"] for check in found["checks"]] == ids
