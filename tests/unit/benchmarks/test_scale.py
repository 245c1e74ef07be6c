"""Benchmarks of scale, on small catalogues."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import sampling, scale

if TYPE_CHECKING:
    from pathlib import Path


def test_row_says_what_was_tested_and_what_it_took(tmp_path: Path) -> None:
    scale.write(2_000, tmp_path)

    row = list(scale.measure(tmp_path, queries=1_000, draws=sys.platform == "linux"))

    assert row[0] == "2,000"
    assert int(row[1].replace(",", "")) >= 40_000
    assert 900 < int(row[2].replace(",", "")) <= 1_000
    assert [cell.rpartition(" ")[2] for cell in row[3:9]] == ["s", "s", "s", "s", "s", "GB"]


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
def test_memory_is_drawn_over_time(tmp_path: Path) -> None:
    read = scale.MemoryCurve()
    held = np.ones(20_000_000)
    while len(read.readings) < 2:
        time.sleep(0.01)
    seconds, resident = zip(*read.stop(), strict=True)

    scale.draw(
        [{"tracks": [10], "seconds": list(seconds), "bytes": list(resident), "ends": [0.0, 0.1, 0.2]}],
        tmp_path / "memory.png",
    )

    assert max(resident) > held.nbytes
    assert (tmp_path / "memory.png").stat().st_size > 10_000


def test_coverage_has_a_row_per_measure() -> None:
    rows = list(sampling.covered(sampling.compared(1_500, 15_000, dimensions=16), queries=400, seeds=3))

    assert [row[0] for row in rows] == [*sampling.MEASURES, "champion.misplaced"]
    assert {len(row) for row in rows} == {6}
