"""The process that computes the map."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from embedgate.gate.map_process import MapProcess, MapProcessError
from embedgate.material.tsne_map import lay_out

TRACKS = np.arange(40)
UNIT = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
UNIT /= np.linalg.norm(UNIT, axis=1, keepdims=True)


@pytest.fixture
def process() -> Iterator[MapProcess]:
    process = MapProcess()
    yield process
    process.stop()


def test_map_is_identical_to_one_computed_in_this_process(process: MapProcess) -> None:
    found, here = process.lay_out(TRACKS, UNIT).result(timeout=120), lay_out(TRACKS, UNIT)

    assert found is not None
    assert here is not None
    np.testing.assert_array_equal(found.tracks, here.tracks)
    np.testing.assert_array_equal(found.positions, here.positions)
    assert (found.divergence, found.converged, found.perplexity) == (here.divergence, here.converged, here.perplexity)


def test_too_few_tracks_have_no_map(process: MapProcess) -> None:
    assert process.lay_out(TRACKS[:5], UNIT[:5]).result(timeout=120) is None


def test_killed_process_is_reported_immediately(process: MapProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(MapProcessError, match="ended early: exit status -9"):
        process.lay_out(TRACKS, UNIT).result(timeout=60)


def test_error_in_the_process_is_reported(process: MapProcess) -> None:
    with pytest.raises(MapProcessError, match="ValueError"):
        process.lay_out(TRACKS, np.full_like(UNIT, np.nan)).result(timeout=120)


def test_module_of_the_working_directory_is_not_imported(
    tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's `random.py` must not replace a module of the standard library."""
    monkeypatch.chdir(tmp_path)
    with open("random.py", "w", encoding="utf-8") as file:  # noqa: PTH123 - relative to the working directory
        file.write("raise SystemExit('imported')")
    process = MapProcess()

    assert process.lay_out(TRACKS[:5], UNIT[:5]).result(timeout=120) is None
    process.stop()


def test_stop_ends_a_process_that_received_no_request() -> None:
    process = MapProcess()
    process.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
