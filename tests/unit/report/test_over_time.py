"""The past in the report: a cell a check, a small line a measure that moves."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from embedgate.checks.bounds import Bound
from embedgate.judgement.records import RecordedVerdict
from embedgate.judgement.trend import Point, Trend
from embedgate.report.figures import palette, trend
from embedgate.report.figures.trend import HEIGHT, WIDTH, sparkline
from embedgate.report.over_time import OverTime, cell, over_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOSTILE = "custom.\"'><svg onload=alert(1)>"


def record(number: int, values: dict[str, float], **more: Any) -> RecordedVerdict:
    """A verdict with these values."""
    checks = [{"id": name, "outcome": "passed", "value": value} for name, value in values.items()]
    return RecordedVerdict.model_validate(
        {
            "schema": 1,
            "kind": "verdict",
            "at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
            "verdict": "passed",
            "run": {"source": "metaflow", "pathspec": f"F/{number}"},
            "checks": checks,
            **more,
        }
    )


def points(*values: float | None, broken: int | None = None, champion: int | None = None) -> tuple[Point | None, ...]:
    """Points of these values, one of them broken, one the champion."""
    return tuple(
        None if value is None else Point(value, place == broken, place == champion)
        for place, value in enumerate(values)
    )


def pixels(png: bytes) -> NDArray[np.uint8]:
    """The picture as rows of red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def near(picture: NDArray[np.uint8], colour: str) -> NDArray[np.bool_]:
    """Where a picture has a colour, near enough."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    there: NDArray[np.bool_] = np.abs(picture.astype(int) - wanted).max(axis=2) < 40
    return there


def test_two_earlier_runs_make_a_trend() -> None:
    """Before the third gate run of a model the report says nothing of the past."""
    runs = [record(number, {"a.b": number}) for number in range(3)]
    other = record(9, {"a.b": 1}, run={"source": "metaflow", "pathspec": "G/1"})

    assert over_time([], runs[0]) == OverTime()
    assert over_time([runs[0], other, other], runs[1]) == OverTime()
    past = over_time([runs[0], other, runs[1]], runs[2])
    assert list(past.cells) == ["a.b"]
    assert len(past.exhibits) == 1
    assert past.exhibits[0].caption.startswith("3 gate runs, 2026-01-01 to 2026-01-03.")


def test_what_never_moved_is_named_and_not_drawn() -> None:
    """The figure is of what moves; every measure has its cell."""
    runs = [record(number, {"moves.x": number, "still.x": 4}) for number in range(3)]
    past = over_time(runs[:2], runs[2])

    assert past.exhibits[0].html is not None
    assert past.exhibits[0].html.count("<img ") == 1
    assert "Unchanged: still.x." in past.exhibits[0].caption
    assert list(past.cells) == ["moves.x", "still.x"]


def test_nothing_moved_is_a_sentence() -> None:
    """A figure of nothing says so."""
    runs = [record(number, {"still.x": 4}) for number in range(3)]

    (exhibit,) = over_time(runs[:2], runs[2]).exhibits
    assert "3 gate runs, 2026-01-01 to 2026-01-03: no measure has changed." in (exhibit.html or "")


def test_of_very_many_the_most_telling_are_drawn() -> None:
    """What is broken now, and what moved most with this run; the rest is counted."""
    values = {f"custom.m{number:03}": 1.0 for number in range(100)}
    runs = [
        record(0, values),
        record(1, dict.fromkeys(values, 2.0)),
        record(2, {name: 2.0 - (number > 60) for number, name in enumerate(values)}),
    ]
    checks = [{"id": each.id, "outcome": "passed", "value": each.value} for each in runs[2].checks]
    checks[5]["outcome"] = "failed"
    latest = record(2, {}, checks=checks)
    (exhibit,) = over_time(runs[:2], latest).exhibits
    drawn = re.findall(r"<code>custom\.m(\d+)</code>", exhibit.html or "")

    assert len(drawn) == trend.MAX_LINES
    assert drawn == sorted(drawn)
    assert {"005", *(f"{number:03}" for number in range(61, 100))} <= set(drawn)
    assert f"Not shown: {100 - trend.MAX_LINES} measures that changed less" in exhibit.caption


def test_names_are_text() -> None:
    """A check's id, as some record has it, is escaped in cell and figure."""
    runs = [record(number, {HOSTILE: number}) for number in range(3)]
    past = over_time(runs[:2], runs[2])

    for fragment in (past.cells[HOSTILE], past.exhibits[0].html or ""):
        assert "<svg" not in fragment
    assert "&lt;svg onload" in (past.exhibits[0].html or "")


def test_a_picture_that_fails_hides_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be drawn is a note."""

    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(trend, "figures", fail)
    runs = [record(number, {"a.b": number}) for number in range(3)]

    assert over_time(runs[:2], runs[2]) == OverTime(note="the history could not be drawn: RuntimeError: boom")


def test_a_cell_has_a_bar_a_run() -> None:
    """From the lowest to the highest; gaps, broken bounds and champions can be told; words for who sees no bars."""
    bars = cell(Trend("duplicates.rate", points(0.1, None, 0.3, 0.2, broken=2, champion=0), None, 0.0))

    assert re.findall(r"<i(?: class=\"([a-z-]+)\")?(?: style=\"height:(\d+)px\")?></i>", bars) == [
        ("eg-champion", "2"),
        ("", ""),
        ("eg-broke", "16"),
        ("", "9"),
    ]
    assert 'aria-label="the last 3 of 3: 10.0%, 30.0%, 20.0%"' in bars
    assert re.findall(r"height:(\d+)", cell(Trend("a.b", points(0, 0, 0), None))) == ["9", "9", "9"]


def test_a_small_line_goes_where_the_values_go() -> None:
    """Left to right, high values high; its bound dashed; red where it broke; a diamond for the champion."""
    found = Trend("a.b", points(1, 2, 3, 4, broken=0, champion=2), Bound(at_least=0.0), 0.0)
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
    """One point, gaps, no move at all, the largest and the smallest numbers."""
    found = Trend("a.b", points(*values), None)

    assert pixels(sparkline(found)).shape == (2 * HEIGHT, 2 * WIDTH, 3)
    assert "eg-bars" in cell(found)


def test_the_small_lines_weigh_little() -> None:
    """A page has dozens of them."""
    rng = np.random.default_rng(0)
    runs = [record(number, {f"custom.m{each}": rng.random() for each in range(40)}) for number in range(20)]
    (exhibit,) = over_time(runs[:-1], runs[-1]).exhibits
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', exhibit.html or "")

    assert len(pictures) == 40
    assert max(len(base64.b64decode(each)) for each in pictures) < 4000


def test_no_matplotlib_is_needed() -> None:
    """The controller of a distributed run draws nothing else, and does not wait for it."""
    imports = "import embedgate.report.over_time, embedgate.report.figures.trend, sys"
    script = f"{imports}; assert 'matplotlib' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
