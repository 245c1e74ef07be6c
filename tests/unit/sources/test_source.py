"""Sources are entry points: the prefix of a reference selects one, and the errors of another package name it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from embedgate.errors import RunNotFound, SourceUnusable, TaggingFailed, UnavailableError, UsageError
from embedgate.sources import metaflow_run, tested_files
from embedgate.sources.records import Promotion, Request, RunRecord
from embedgate.sources.resolve import (
    find_champion,
    find_model,
    load_run,
    mark_failed,
    promote,
    request_of,
    resolve,
    resolve_champion,
    resolve_vectors,
    vectors_file_of,
)
from embedgate.sources.source import GROUP, Source, ask, prefix_of, source_of, source_of_model
from embedgate.testing import sample

TOY = """
from embedgate.errors import RunNotFound
from embedgate.material.space import EmbeddingSpace
from embedgate.sources.records import LoadedModel, RunRecord
from embedgate.testing import sample

SAMPLE = sample()
CHAMPION = []

def resolve(request):
    if "gone" in request.run:
        raise RunNotFound(f"there is no {request.run}. Correct it")
    return request.run

def load(request):
    return LoadedModel(load_vectors(request)[0], SAMPLE.space(), SAMPLE.playlists())

def load_vectors(request):
    return RunRecord(source="toy", pathspec=resolve(request)), SAMPLE.space()

def find_champion(request):
    return CHAMPION[-1] if CHAMPION else None

def load_champion(request):
    return (CHAMPION[-1], SAMPLE.space()) if CHAMPION else None

def promote(promotion):
    CHAMPION.append(promotion.model)
    return promotion.model.pathspec

def mark_failed(model):
    return "failed"

def keep(model, files):
    return ""
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A function that installs a package with a source: `install("toy", code)`."""
    modules: set[str] = set()

    def make(name: str, code: str = TOY, package: str = "toy-models", value: str = "") -> None:
        folder = tmp_path / package
        module = package.replace("-", "_")
        about = folder / f"{module}-1.2.dist-info"
        about.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {value or module}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        modules.add(module)

    yield make
    for module in modules:
        sys.modules.pop(module, None)


def test_sources_of_embedgate_are_declared_and_complete() -> None:
    declared = {each.name: each.load() for each in entry_points(group=GROUP) if each.value.startswith("embedgate.")}

    assert declared["files"] is tested_files
    assert declared["metaflow"] is metaflow_run
    functions = [name for name in vars(Source) if not name.startswith("_")]
    assert len(functions) == 8
    for name, source in declared.items():
        assert all(callable(getattr(source, each, None)) for each in functions), name


def test_types_of_the_sources_of_embedgate_are_those_of_the_protocol() -> None:
    """mypy checks the assignments."""
    sources: list[Source] = [metaflow_run, tested_files]

    assert sources


@pytest.mark.parametrize(
    ("reference", "prefix"),
    [
        ("models:/track2vec/7", "models"),
        ("my-source+x:/a", "my-source+x"),
        ("Flow/123", None),
        ("quality:passed", None),
        ("champion", None),
        ("/data/v.kv", None),
        ("C:/v.kv", None),
        ("./a:/b", None),
        ("", None),
    ],
)
def test_prefix_of_a_reference(reference: str, prefix: str | None) -> None:
    assert prefix_of(reference) == prefix


def test_source_of_a_request_and_of_a_model() -> None:
    assert source_of(Request(flow="F")) == "metaflow"
    assert source_of(Request(run="F/1")) == "metaflow"
    assert source_of(Request(run="models:/a/1")) == "models"
    assert source_of(Request(run="models:/a/1", vectors_file=Path("v.kv"))) == "files"
    assert source_of_model(RunRecord(source="files", pathspec="toy:/v.kv")) == "files"
    assert source_of_model(RunRecord(source="metaflow", pathspec="F/1")) == "metaflow"
    assert source_of_model(RunRecord(source="mlflow", pathspec="models:/a/1")) == "models"


def test_source_of_another_package_serves_every_look_up(install: Install) -> None:
    install("toy")
    tested = Request(run="toy:/a/1")

    assert resolve(tested).record == RunRecord(source="toy", pathspec="toy:/a/1")
    assert load_run("toy:/a/1").space.keys == sample().space().keys
    assert resolve_vectors(tested)[0].pathspec == "toy:/a/1"
    model = find_model(tested)
    assert model == RunRecord(source="toy", pathspec="toy:/a/1")
    assert find_champion(tested) is None
    assert resolve_champion(None, tested) is None

    assert promote(Promotion(model=model)) == "toy:/a/1"
    assert mark_failed(model) == "failed"
    assert find_champion(tested) == model
    champion = resolve_champion(None, Request(run="toy:/a/2"))
    assert champion is not None
    assert champion[0] == model
    champion = resolve_champion("toy:/b/1", Request(flow="F"))
    assert champion is not None
    assert champion[0].pathspec == "toy:/b/1"


def test_reference_with_a_prefix_is_neither_a_file_nor_a_tag(tmp_path: Path) -> None:
    assert vectors_file_of("toy:/a.kv", tmp_path) is None
    assert request_of("toy:/a.kv", Request(flow="F")) == Request(flow="F", run="toy:/a.kv")
    assert request_of("nightly", Request(flow="F", run="toy:/a")) == Request(flow="F", tag="nightly")


def test_error_of_a_source_keeps_its_kind_and_names_the_source(install: Install) -> None:
    install("toy")

    with pytest.raises(
        RunNotFound, match=r"^the source 'toy' of toy-models 1\.2 \(toy_models\): there is no toy:/gone"
    ):
        resolve(Request(run="toy:/gone"))
    with pytest.raises(RunNotFound, match=r"the champion 'toy:/gone', given by --gate-champion: the source 'toy'"):
        resolve_champion("toy:/gone", Request(flow="F"))


BROKEN: dict[str, tuple[str, str]] = {
    "raises": ("def load(request):\n    raise KeyError('x')", r"load\(\) failed: KeyError: 'x'.*report it there"),
    "cannot be imported": (
        "import no_such_module",
        "cannot be imported: ModuleNotFoundError: No module named 'no_such",
    ),
    "raises while imported": ("1 / 0", "cannot be imported: ZeroDivisionError"),
    "has no such function": ("", r"has no function load\(\)"),
    "returns something else": ("def load(request):\n    return 7", r"load\(\) returned a int"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_source_is_named(install: Install, how: str) -> None:
    code, words = BROKEN[how]
    install("toy", code)

    with pytest.raises(SourceUnusable, match=rf"the source 'toy' of toy-models 1\.2 \(toy_models\).*{words}"):
        resolve(Request(run="toy:/a/1"))


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        ("resolve", None),
        ("load_vectors", "(1, 2)"),
        ("load_champion", "7"),
        ("find_champion", "'a'"),
        ("promote", "None"),
        ("mark_failed", "None"),
        ("keep", "None"),
    ],
)
def test_wrong_answer_of_a_source_is_an_error(install: Install, function: str, wrong: str) -> None:
    install("toy", f"def {function}(*_):\n    return {wrong}")

    with pytest.raises(SourceUnusable, match=rf"{function}\(\) returned a"):
        ask("toy", function, Request(run="toy:/a"))


def test_interrupt_in_a_source_is_not_an_error_of_it(install: Install) -> None:
    install("toy", "def load(request):\n    raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        resolve(Request(run="toy:/a"))


def test_source_that_is_not_installed_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"no source 'nosuch'.*Installed sources: .*files.*metaflow") as caught:
        resolve(Request(run="nosuch:/a/1"))
    assert not isinstance(caught.value, UnavailableError)


def test_source_that_two_packages_declare_is_a_usage_error(install: Install) -> None:
    """One of them could otherwise replace a source of embedgate."""
    install("toy")
    install("toy", package="other-models")
    install("metaflow", package="third-models")

    with pytest.raises(UsageError, match=r"'toy' is declared by more than one package: .*toy-models 1\.2"):
        resolve(Request(run="toy:/a/1"))
    with pytest.raises(UsageError, match=r"'metaflow' is declared by more than one package: .*third-models 1\.2"):
        resolve(Request(flow="F"))


def test_object_may_be_a_source(install: Install) -> None:
    code = "class Models:\n    def resolve(self, request):\n        return 'x:' + request.run\nSOURCE = Models()\n"
    install("toy", code, value="toy_models:SOURCE")

    assert find_model(Request(run="toy:/a")).pathspec == "x:toy:/a"


def test_source_of_files_needs_files() -> None:
    for look_up in (resolve, resolve_vectors, find_model):
        asked: Any = look_up
        with pytest.raises(UsageError, match="is not a file: give files with --gate-vectors"):
            asked(Request(run="files:/v.kv"))


def test_files_have_no_champion_without_a_history(tmp_path: Path) -> None:
    tested = Request(vectors_file=tmp_path / "v.npz")

    assert resolve_champion(None, tested) is None
    assert find_champion(tested) is None
    assert mark_failed(RunRecord(source="files", pathspec="v.kv")) == ""
    with pytest.raises(TaggingFailed, match="no history folder"):
        promote(Promotion(model=RunRecord(source="files", pathspec="v.kv")))
