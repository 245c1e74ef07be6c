"""Inputs of gate runs that cover the checks, the outcomes and the sources.

They are created once and then reused unchanged. Models come from `data_sets`, faulty models from `retrains` and
`faults`, and small models with varied data from `small_cases`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING

from benchmarks import retrains
from benchmarks.data_sets import CHAMPION, DATA_SETS, SOUND, Recipe, trained
from benchmarks.faults import faulty_models
from benchmarks.gate_cases import Case, argument, vectors_file
from benchmarks.small_cases import refused_cases, small_cases
from embedgate.config.file import load_config
from embedgate.material.model import ModelUnderTest
from embedgate.sources.files import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BANDS = """
[bands]
measured = "2026-01-01"
runs = ["a", "b"]
[bands.limits]
"champion.match_auc" = 0.97
"champion.misplaced" = 3.0
"champion.lost" = 0.001
"champion.churn" = 0.01
"champion.overlap" = 0.4
"champion.genre_displacement" = 2.5
"champion.genre_accuracy" = -0.01
"champion.accuracy" = -0.001
"champion.ndcg" = -0.001
"champion.new_duplicates" = 0.002
"champion.mean_cosine" = 0.01
"champion.effective_rank" = 0.95
"""
_FLOW = """
import numpy
import pandas
from gensim.models import KeyedVectors
from metaflow import FlowSpec, Parameter, step


class ModelingFlow(FlowSpec):
    vectors = Parameter("vectors")
    playlists = Parameter("playlists")

    @step
    def start(self):
        with numpy.load(self.vectors) as file:
            self.final_vectors = KeyedVectors(file["vectors"].shape[1])
            self.final_vectors.add_vectors([str(key) for key in file["keys"]], file["vectors"])
        self.final_dataset = pandas.read_parquet(self.playlists)
        self.next(self.end)

    @step
    def end(self):
        pass


ModelingFlow()
"""


def cases_of(folder: Path, playlists: Path) -> list[Case]:
    """Return the cases in a folder of inputs; create them if the folder has none.

    Args:
        folder: folder of the inputs.
        playlists: a parquet file of real playlists.
    """
    listed = folder / "cases.json"
    if not listed.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = chain(_trained(folder, playlists), small_cases(folder), refused_cases(folder), _metaflow_runs(folder))
        text = json.dumps([asdict(case) for case in made], ensure_ascii=False, indent=1)
        listed.write_text(text, encoding="utf-8")
    return [Case(**case) for case in json.loads(listed.read_text(encoding="utf-8"))]


def environment(source: Path, home: Path, datastore: Path) -> dict[str, str]:
    """Return a minimal environment: the code of a checkout, a home directory and a local Metaflow datastore."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(source),
        "METAFLOW_DEFAULT_METADATA": "local",
        "METAFLOW_DEFAULT_DATASTORE": "local",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(datastore),
        "METAFLOW_CLIENT_CACHE_PATH": str(datastore / "cache"),
    }


def _trained(folder: Path, real: Path) -> Iterator[Case]:
    """Yield each data set with and without a champion and, for two of them, faults of the first candidate."""
    for name, data_set in DATA_SETS.items():
        data = data_set(real)
        vectors, playlists = trained(data, SOUND["seed"][0], folder)
        candidate, playlists_option = argument("vectors", folder, vectors), argument("playlists", folder, playlists)
        champion = argument("champion", folder, trained(data, CHAMPION, folder)[0])
        runs = {"no champion": [candidate, playlists_option], "champion": [candidate, playlists_option, champion]}
        if name in ("demonstration", "shared"):
            config = folder / name / "quality_checks.toml"
            config.write_text(data.config, encoding="utf-8")
            loaded, settings = load(vectors, playlists), load_config(config, config.name).settings
            model = ModelUnderTest.configured(loaded.space, loaded.playlists, settings)
            sound = retrains.SOUND if name == "demonstration" else {}
            for kind, fault in (sound | retrains.FAULTS).items():
                space = retrains.injected(fault, model).space
                file = vectors_file(folder, f"{name}/{kind}", space.keys, space.vectors)
                runs[kind] = [file, playlists_option, champion]
        if name == "demonstration":
            for kind, damaged, matrix in faulty_models(loaded.space):
                whole = vectors_file(folder, f"{name}/whole, {kind}", damaged, matrix)
                runs[f"no champion, {kind}"] = [whole, playlists_option]
            for recipe in (Recipe(seed=2, without="rock"), Recipe(seed=2, one_epoch=True)):
                poor = argument("vectors", folder, trained(data, recipe, folder)[0])
                runs[recipe.name] = [poor, playlists_option, champion]
            runs["two workers"] = [*runs["champion"], "-n2"]
            runs["selected"] = [*runs["champion"], "-k", "integrity or vocabulary or neighbours or champion"]
            yield Case(name=f"{name}, calibrated bands", runs=[runs["champion"]], config=data.config + _BANDS)
        for kind, arguments in runs.items():
            yield Case(name=f"{name}, {kind}", runs=[arguments], config=data.config)


def _metaflow_runs(folder: Path) -> Iterator[Case]:
    """Yield Metaflow runs that are promoted, compared or missing; the datastore is part of the inputs."""
    data = DATA_SETS["demonstration"](folder)
    store = folder / "datastore"
    store.mkdir()
    (store / "modeling_flow.py").write_text(_FLOW, encoding="utf-8")
    first, playlists = trained(data, CHAMPION, folder)
    second, _ = trained(data, SOUND["seed"][0], folder)
    runs = [_run_flow(store, vectors, playlists) for vectors in (first, second, folder / data.name / "noise.npz")]
    failed = _run_flow(store, store / "missing.npz", playlists)
    one, two, noise = (f"--gate-run={run}" for run in runs)
    promote, alone, itself = "--gate-promote", "--gate-champion=none", f"--gate-champion={runs[2]}"
    promoted = [[one, promote], [one, promote], [two, promote], [noise, promote], [one], [], ["--gate-tag=champion"]]
    compared = [[two, alone], [two, alone, promote], [two, argument("champion", folder, first)], [noise, itself]]
    partial = [two, promote, "-k", "integrity"]
    yield Case(name="metaflow, promoted", runs=[*promoted, *compared, partial], config=data.config, datastore=True)
    missing = ["--gate-run=ModelingFlow/7", "--gate-flow=NoFlow", "--gate-tag=no-tag", "--gate-namespace=user:bob"]
    absent = [[two, "--gate-champion=no-tag"], [f"--gate-run={failed}"], ["--gate-run=x/y/z"]]
    yield Case(
        name="metaflow, missing", runs=[*([each] for each in missing), *absent], config=data.config, datastore=True
    )
    yield Case(name="metaflow, empty datastore", runs=[[], [two]], config=data.config)
    other = '[model]\nflow = "ModelingFlow"\nvectors = "no_vectors"\n'
    yield Case(name="metaflow, missing artifact", runs=[[two]], config=other, datastore=True)


def _run_flow(store: Path, vectors: Path, playlists: Path) -> str:
    """Run the flow and return the pathspec of the run, which fails if and only if the vectors do not exist."""
    done = subprocess.run(
        [
            sys.executable, "modeling_flow.py", "--no-pylint", "run", "--run-id-file=id", f"--vectors={vectors}",
            f"--playlists={playlists}",
        ],
        cwd=store, env={**environment(store, store, store), "METAFLOW_USER": "ann"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if (done.returncode == 0) is not vectors.exists():
        raise RuntimeError(f"exit status {done.returncode} of the flow with {vectors}: {done.stdout}{done.stderr}")
    return f"ModelingFlow/{(store / 'id').read_text(encoding='utf-8')}"
