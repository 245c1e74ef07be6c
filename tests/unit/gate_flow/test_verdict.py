"""The verdict of the gate flow is that of `embedgate.evaluate`."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from math import isclose
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import embedgate
from embedgate.api import Verdict
from embedgate.config.file import Config, settings_of
from embedgate.errors import UsageError
from embedgate.gate_flow import material, measured, shards, verdict
from embedgate.gate_flow.material import GateMaterial
from embedgate.material.neighbours import NeighbourGraph
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.records import LoadedModel, RunRecord
from embedgate.testing import Sample, sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from embedgate.measures.evidence import Evidence

CONFIG = {
    "model": {"track_separator": "-"},
    "genres": {"rock": ["rock"], "rap": ["rap"], "jazz": ["jazz"]},
    "map": {"tracks": 200},
}


@pytest.fixture(scope="module")
def made() -> Sample:
    """A model of 540 tracks: two units of work."""
    return sample(artists_per_genre=18, tracks_per_artist=10, playlists=300)


def material_of(made: Sample, champion: EmbeddingSpace | None, config: Mapping[str, Any] = CONFIG) -> GateMaterial:
    """Return what the flow would have loaded, after it was stored and read as an artifact."""
    tested = LoadedModel(RunRecord(source="memory", pathspec="in memory"), made.space(), made.playlists())
    compared = None if champion is None else (RunRecord(source="memory", pathspec="in memory"), champion)
    used = Config(settings_of(config, "config"), shown="config")
    stored = GateMaterial(used, tested, compared, champion is not None, (), datetime.now(UTC))
    read: GateMaterial = pickle.loads(pickle.dumps(stored))  # noqa: S301 - our own bytes
    return read


def sharded(given: GateMaterial, count: int) -> Verdict:
    """Return the verdict on material whose neighbours are found in shards."""
    evidence = given.evidence()
    models = material.graph_models(evidence)
    queries = material.graph_queries(evidence)
    sizes = {name: len(tracks) for name, tracks in queries.items()}
    measures = measured.needed(evidence, given.config.settings, compares=given.compares)
    planned = shards.plan(sizes, count, measures)
    parts = [shards.compute(shard, lambda name: models[name].unit, queries, given.evidence) for shard in planned]
    stored = pickle.loads(pickle.dumps(parts))  # noqa: S301 - our own bytes
    return verdict.evaluate(given, *shards.join(stored, sizes))


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("champion", ["none", "same tracks", "other tracks"])
def test_verdict_of_shards_is_that_of_evaluate(made: Sample, champion: str, sampled: bool) -> None:
    config: dict[str, Any] = dict(CONFIG)
    if sampled:
        made = sample(artists_per_genre=60, tracks_per_artist=8, playlists=400)
        config["sampling"] = {"queries": 1_000}
    noisy = made.vectors + np.float32(0.05) * np.random.default_rng(1).standard_normal(made.vectors.shape)
    rows = slice(None) if champion == "same tracks" else slice(20, None)
    space = None if champion == "none" else EmbeddingSpace.of(made.keys[rows], noisy[rows])

    whole = embedgate.evaluate(made.space(), made.playlists(), config=config, champion=space)
    split = sharded(material_of(made, space, config), 3)

    assert split.outcome == whole.outcome
    assert split.record.sampled == whole.record.sampled
    assert (whole.record.sampled is not None) == sampled
    assert [(check.id, check.outcome, check.message) for check in split.checks] == [
        (check.id, check.outcome, check.message) for check in whole.checks
    ]
    assert all(
        one.value == other.value or isclose(one.value, other.value, abs_tol=1e-9)
        for one, other in zip(split.checks, whole.checks, strict=True)
        if one.value is not None and other.value is not None
    )
    assert [one.value is None for one in split.checks] == [other.value is None for other in whole.checks]


def test_graphs_are_those_that_differ(made: Sample) -> None:
    """A champion without tracks in common has no graph: there is nothing to compare."""
    other = EmbeddingSpace.of([f"other {number}" for number in range(len(made.keys))], made.vectors)
    part = EmbeddingSpace.of(made.keys[20:], made.vectors[20:])

    def graphs(champion: EmbeddingSpace | None) -> list[int]:
        return [len(model.tracks) for model in material.graph_models(material_of(made, champion).evidence()).values()]

    assert graphs(None) == graphs(other) == [540]
    assert graphs(made.space()) == [540, 540]
    assert graphs(part) == [540, 520, 520]


def test_model_without_usable_vectors_has_no_graph(made: Sample) -> None:
    broken = replace(made, vectors=np.zeros_like(made.vectors))

    found = sharded(material_of(broken, None), 3)

    assert found.outcome == "failed"


def test_graph_of_other_tracks_is_refused(made: Sample) -> None:
    given = material_of(made, None)
    graph = NeighbourGraph(np.zeros((539, 10), np.int32), np.zeros((539, 10), np.float32))

    with pytest.raises(ValueError, match=r"shape \(539, 10\) for tracks of shape \(540, 10\)"):
        verdict.evaluate(given, {"candidate": graph}, {})


def test_measures_are_those_that_a_check_needs(made: Sample) -> None:
    alone, compared = material_of(made, None).evidence(), material_of(made, made.space()).evidence()

    def needed(evidence: Evidence, *off: str) -> tuple[str, ...]:
        checks = {"checks": {each: {"severity": "off"} for each in off}}
        return measured.needed(evidence, settings_of({**CONFIG, **checks}, "config"), compares=True)

    assert needed(compared) == ("map", "separation", "displacement")
    assert needed(alone) == ("map", "separation")
    assert needed(compared, "map", "separation.map", "champion") == ("separation",)
    assert needed(compared, "separation", "champion") == ("map",)


def test_values_of_shards_are_not_computed_again(made: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    given = material_of(made, made.space())
    values = measured.compute(given.evidence(), measured.VALUES)
    evidence = given.evidence()
    measured.use(evidence, values)

    monkeypatch.setattr("embedgate.material.model.lay_out", None)
    monkeypatch.setattr("embedgate.measures.separation.separate", None)
    monkeypatch.setattr("embedgate.measures.comparison.displacement", None)

    assert evidence.model.map is values["model.map"]
    assert evidence.map_separation is values["map_separation"]
    assert evidence.space_separation is values["space_separation"]
    assert evidence.comparison is not None
    assert evidence.comparison.displacement is values["comparison.displacement"]
    assert values.keys() == {attribute for each in measured.VALUES.values() for attribute in each}


def test_value_that_cannot_be_computed_becomes_the_error_of_its_checks(
    made: Sample, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in pytest: one broken measure must not lose the verdict."""

    def broken(*_: object) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr("embedgate.measures.genre_pairs.separate_pairs", broken)

    found = sharded(material_of(made, None), 2)

    assert found.outcome == "failed"
    assert {check.outcome for check in found.checks if check.id.startswith("separation.pair")} == {"error"}
    assert found["separation.space[rock]"].outcome == "passed"
    assert "pair_scores could not be computed: FloatingPointError: overflow" in capsys.readouterr().out


def test_flow_or_run_must_be_set() -> None:
    with pytest.raises(UsageError, match="no model to test: set --flow=NAME or --run=FLOW/ID"):
        material.load(run="123")


@pytest.mark.parametrize("config", [b"[model]\nflw = 1", b"\xff"])
def test_wrong_config_is_a_usage_error(config: bytes) -> None:
    with pytest.raises(UsageError, match=r"quality_checks.toml"):
        material.load(config=config, flow="MyFlow")


def test_run_of_a_trigger_is_tested() -> None:
    """Two triggering runs, or none, do not say which run to test."""
    run = SimpleNamespace(pathspec="MyFlow/7")

    assert material.trigger_run(SimpleNamespace(trigger=SimpleNamespace(run=run))) == "MyFlow/7"
    assert material.trigger_run(SimpleNamespace(trigger=SimpleNamespace(run=None))) is None
    assert material.trigger_run(SimpleNamespace()) is None
