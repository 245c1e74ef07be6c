"""Trends: bars for each check, and a sparkline for each measure that changed."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from embedgate.checks.bounds import at_least
from embedgate.judgement.records import RecordedVerdict
from embedgate.judgement.result import CheckResult
from embedgate.judgement.trend import Point, Trend
from embedgate.report.figures import palette, trend
from embedgate.report.figures.trend import HEIGHT, WIDTH, sparkline
from embedgate.report.trends import Trends, draw_trends, trend_bars

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOSTILE = "custom.\"'><svg onload=alert(1)>"


def record(number: int, values: dict[str, float], broken: str = "", flow: str = "F") -> RecordedVerdict:
    """Return a verdict with the given values, in which one check is failed."""
    return RecordedVerdict(
        kind="verdict",
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
        outcome="passed",
        run={"source": "metaflow", "pathspec": f"{flow}/{number}"},
        checks=tuple(
            CheckResult(id=name, outcome="failed" if name == broken else "passed", severity="fail", value=value)
            for name, value in values.items()
        ),
    )


def points(*values: float | None, broken: int | None = None, champion: int | None = None) -> tuple[Point | None, ...]:
    """Return points with the given values, of which one is broken and one is the champion."""
    return tuple(
        None if value is None else Point(value, place == broken, place == champion)
        for place, value in enumerate(values)
    )


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Return an image as an array, shape (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def near(picture: NDArray[np.uint8], colour: str) -> NDArray[np.bool_]:
    """Return where an image has approximately the given colour."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    there: NDArray[np.bool_] = np.abs(picture.astype(int) - wanted).max(axis=2) < 40
    return there


def test_trends_start_with_the_third_gate_run_of_a_model() -> None:
    """Runs of another flow do not count."""
    runs = [record(number, {"a.b": number}) for number in range(3)]
    other = record(9, {"a.b": 1}, flow="G")

    assert draw_trends([]) == Trends()
    assert draw_trends(runs[:1]) == Trends()
    assert draw_trends([runs[0], other, other, runs[1]]) == Trends()
    found = draw_trends([runs[0], other, runs[1], runs[2]])
    assert list(found.bars) == ["a.b"]
    assert len(found.figures) == 1
    assert found.figures[0].caption.startswith("3 gate runs, 2026-01-01 to 2026-01-03.")


def test_unchanged_measures_are_listed_and_not_drawn() -> None:
    """Bars are drawn for every measure."""
    found = draw_trends([record(number, {"moves.x": number, "still.x": 4}) for number in range(3)])

    assert (found.figures[0].html or "").count("<img ") == 1
    assert "Unchanged: still.x." in found.figures[0].caption
    assert list(found.bars) == ["moves.x", "still.x"]


def test_figure_is_a_sentence_if_no_measure_changed() -> None:
    (figure,) = draw_trends([record(number, {"still.x": 4}) for number in range(3)]).figures

    assert "3 gate runs, 2026-01-01 to 2026-01-03: no measure has changed." in (figure.html or "")


def test_broken_and_most_changed_of_many_measures_are_drawn() -> None:
    values = {f"custom.m{number:03}": 1.0 for number in range(100)}
    latest = {name: 2.0 - (number > 60) for number, name in enumerate(values)}
    runs = [
        record(0, values),
        record(1, dict.fromkeys(values, 2.0)),
        record(2, latest, broken="custom.m005"),
    ]

    (figure,) = draw_trends(runs).figures

    drawn = re.findall(r"<code>custom\.m(\d+)</code>", figure.html or "")
    assert len(drawn) == trend.MAX_LINES
    assert drawn == sorted(drawn)
    assert {"005", *(f"{number:03}" for number in range(61, 100))} <= set(drawn)
    assert f"{100 - trend.MAX_LINES} measures that changed less with this run" in figure.caption


def test_hostile_check_ids_are_text() -> None:
    found = draw_trends([record(number, {HOSTILE: number}) for number in range(3)])

    for fragment in (found.bars[HOSTILE], found.figures[0].html or ""):
        assert "<svg" not in fragment
    assert "&lt;svg onload" in (found.figures[0].html or "")


def test_each_gate_run_has_a_bar() -> None:
    """Heights span the values; gaps, broken bounds and champions are marked, and a label lists the values."""
    bars = trend_bars(Trend("duplicates.rate", points(0.1, None, 0.3, 0.2, broken=2, champion=0), None, 0.0))

    assert re.findall(r'<i class="eg-([a-z]+)" style="height:(\d+)px"></i>', bars) == [
        ("champion", "2"),
        ("gap", "0"),
        ("broken", "16"),
        ("run", "9"),
    ]
    assert 'aria-label="the last 3 of 3: 10.0%, 30.0%, 20.0%"' in bars
    assert re.findall(r"height:(\d+)", trend_bars(Trend("a.b", points(0, 0, 0), None))) == ["9", "9", "9"]


def test_sparkline_follows_the_values() -> None:
    """The bound is dashed, a broken bound is red, and the champion is a diamond."""
    found = Trend("a.b", points(1, 2, 3, 4, broken=0, champion=2), at_least(0, "user"), 0.0)
    picture = pixels(sparkline(found))
    height, width, _ = picture.shape
    blue, red, dashed = near(picture, palette.BLUE), near(picture, palette.RED), near(picture, palette.CHANCE)
    left, right = np.nonzero(blue[:, width // 4])[0].mean(), np.nonzero(blue[:, -width // 5])[0].mean()

    assert (width, height) == (2 * WIDTH, 2 * HEIGHT)
    assert right < left
    assert red[:, : width // 8].any()
    assert not red[:, width // 8 :].any()
    assert dashed[int(height * 0.8) :].any()
    assert not dashed[: height // 4, : width // 2].any()
    middle = int(7 * 2 + (width - 28) * 2 / 3)
    assert near(picture, palette.INK)[:, middle - 14 : middle + 14].any()
    assert not near(picture, palette.INK)[:, : width // 4].any()


@pytest.mark.parametrize("values", [(1.0,), (1.0, None), (None, 0.0), (0.0, 0.0), (1e300, -1e300), (1e-320, 2e-320)])
def test_any_values_can_be_drawn(values: tuple[float | None, ...]) -> None:
    found = Trend("a.b", points(*values), None)

    assert pixels(sparkline(found)).shape == (2 * HEIGHT, 2 * WIDTH, 3)
    assert "eg-bars" in trend_bars(found)


def test_sparklines_are_small_files() -> None:
    """A page contains dozens of sparklines."""
    rng = np.random.default_rng(0)
    runs = [record(number, {f"custom.m{each}": rng.random() for each in range(40)}) for number in range(20)]
    (figure,) = draw_trends(runs).figures
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', figure.html or "")

    assert len(pictures) == 40
    assert max(len(base64.b64decode(each)) for each in pictures) < 4000


def test_trends_do_not_import_matplotlib() -> None:
    imports = "import embedgate.report.trends, embedgate.report.figures.trend, sys"
    script = f"{imports}; assert 'matplotlib' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
