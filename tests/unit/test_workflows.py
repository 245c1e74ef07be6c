"""The project's workflows, its GitHub action and GitLab component, and the workflows in the documentation."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

from embedgate import __version__

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_OF = {
    ".github/workflows/": "github-workflows",
    ".gitlab-ci.yml": "gitlab-ci",
    "action.yml": "github-actions",
    "templates/embedgate.yml": "gitlab-ci",
}


def snippets() -> dict[str, str]:
    """Return the YAML blocks of the docs by page and the file name in their first line."""
    found = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^```ya?ml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            found[f"{page.name}: {block.splitlines()[0].removeprefix('# ')}"] = block
    return found


CI_PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
ACTION, COMPONENT = "action.yml", "templates/embedgate.yml"
OWN = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (*sorted((ROOT / ".github").rglob("*.yml")), ROOT / ACTION)
}
ALL = OWN | {COMPONENT: (ROOT / COMPONENT).read_text("utf-8")} | snippets()
ON_GITHUB = {name: text for name, text in ALL.items() if ".github/workflows/" in name}
JOBS = {
    f"{name}: {job}": content
    for name, text in ON_GITHUB.items()
    for job, content in YAML(typ="safe").load(text)["jobs"].items()
}
WRITING = {
    ".github/workflows/release.yml: publish": {"id-token": "write"},
    ".github/workflows/release.yml: pages": {"id-token": "write", "pages": "write"},
}
"""Jobs with more than read permission, and their permissions."""


def errors(text: str, schema: str) -> list[str]:
    """Return the errors of a workflow under a schema."""
    rules = json.loads((files("check_jsonschema.builtin_schemas.vendor") / f"{schema}.json").read_text("utf-8"))
    validator = validator_for(rules)(rules)
    documents = YAML(typ="safe").load_all(text)
    return [error.message for document in documents for error in validator.iter_errors(document)]


def every(key: str, node: Any) -> list[Any]:
    """Return all values of a key in nested mappings and lists."""
    if isinstance(node, dict):
        return [value for name, value in node.items() if name == key] + [
            found for value in node.values() for found in every(key, value)
        ]
    return [found for value in node for found in every(key, value)] if isinstance(node, list) else []


def major_versions(text: str) -> dict[str, str]:
    """Return the major version of each action, which a pinned commit states in a comment."""
    pattern = r"uses: ([\w-]+/[\w-]+)\S*@(?:[0-9a-f]{40} # )?v(\d+)"
    return dict(re.findall(pattern, text))


def test_workflows_are_found() -> None:
    """They include the project's own and one example each for GitHub and GitLab."""
    assert {".github/workflows/ci.yml", "ci.md: .github/workflows/gate.yml", "ci.md: .gitlab-ci.yml"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_workflow_matches_schema(name: str) -> None:
    """The first line of a snippet is the file name, which determines the schema."""
    schemas = [schema for ending, schema in SCHEMA_OF.items() if ending in name]

    assert len(schemas) == 1, f"{name}: the first line has to be a comment with the file name"
    assert errors(ALL[name], schemas[0]) == []


@pytest.mark.parametrize("name", ALL)
def test_schema_rejects_misspelt_key(name: str) -> None:
    """Negative control: validation is not skipped."""
    schema = next(schema for ending, schema in SCHEMA_OF.items() if ending in name)
    wrong = re.sub(r"\b(runs-on|script|using|rules):", r"\1_:", ALL[name])

    assert errors(wrong, schema)


@pytest.mark.parametrize("name", ON_GITHUB)
def test_workflow_has_read_permission_only(name: str) -> None:
    """Jobs that need more permissions request them. A called workflow is in the concurrency group of its caller."""
    workflow = YAML(typ="safe").load(ON_GITHUB[name])

    assert workflow["permissions"] == {"contents": "read"}
    assert ("concurrency" in workflow) != ("workflow_call" in workflow["on"])


@pytest.mark.parametrize("name", JOBS)
def test_job_has_least_permissions_and_a_time_limit(name: str) -> None:
    """A checkout keeps no credentials."""
    job = JOBS[name]

    assert job.get("permissions") == WRITING.get(name)
    assert "timeout-minutes" in job or job["uses"].startswith("./")
    for step in job.get("steps", ()):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", OWN)
def test_actions_are_pinned_by_commit(name: str) -> None:
    """A comment states the version. Workflows and the action of this repository may be called without a commit."""
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./(\.github/workflows/[\w-]+\.yml)?")
    used = re.findall(r"uses: (.+)", OWN[name])

    assert used
    assert [use for use in used if not pinned.fullmatch(use)] == []


def test_snippets_use_official_actions_by_major_version() -> None:
    """Copied workflows then get the fixes of a major version."""
    used = every("uses", [YAML(typ="safe").load(text) for name, text in ON_GITHUB.items() if name not in OWN])

    assert used
    official = re.compile(r"actions/[a-z/-]+@v\d+|embedgate/embedgate@v\d+\.\d+\.\d+")
    assert [use for use in used if not official.fullmatch(use)] == []


def test_docs_and_project_use_the_same_major_versions() -> None:
    """If this test fails, an upgrade was incomplete."""
    texts = (*ON_GITHUB.values(), OWN[ACTION])
    versions = [pair for text in texts for pair in major_versions(text).items()]

    assert len(set(versions)) == len(dict(versions))


def test_each_action_is_pinned_to_one_commit() -> None:
    """All workflows use the same version of an action."""
    pins = {pin for text in OWN.values() for pin in re.findall(r"uses: (\S+@.+)", text)}

    assert len(pins) == len({pin.partition("@")[0] for pin in pins})


def test_scripts_contain_no_expressions() -> None:
    """External text, such as a branch name, is passed to a shell only in environment variables."""
    for text in (*ON_GITHUB.values(), OWN[ACTION]):
        assert all("${{" not in script for script in every("run", YAML(typ="safe").load(text)))


@pytest.mark.parametrize("name", [".github/workflows/ci.yml: test", ".github/workflows/wheel.yml: test"])
def test_every_supported_python_is_tested(name: str) -> None:
    """Checkout and wheel are tested with the Python versions of the classifiers."""
    supported = set(re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8")))

    assert set(JOBS[name]["strategy"]["matrix"]["python"]) == supported


def test_last_job_requires_all_others() -> None:
    """Branch protection requires only `gate`; coverage is for information."""
    jobs = YAML(typ="safe").load(OWN[".github/workflows/ci.yml"])["jobs"]

    assert jobs["gate"]["if"] == "always()"
    assert set(jobs["gate"]["needs"]) == set(jobs) - {"gate", "coverage"}


@pytest.mark.parametrize("name", [ACTION, COMPONENT])
def test_inputs_are_documented_and_used(name: str) -> None:
    """docs/ci.md lists the inputs of both, and the outputs of the action."""
    title = "The action" if name == ACTION else "The component"
    head, *_ = YAML(typ="safe").load_all(ALL[name])
    inputs = head["inputs"] if name == ACTION else head["spec"]["inputs"]
    (section,) = re.findall(rf"^### {title}\n(.*?)^##", CI_PAGE, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)

    assert rows == [*inputs, *head.get("outputs", ())]
    assert all(len(re.findall(rf"inputs\.{each}\b(?!-)", ALL[name])) for each in inputs)
    assert all(spec.get("description") for spec in (*inputs.values(), *head.get("outputs", {}).values()))


def test_documented_version_of_the_action_is_the_next_release() -> None:
    """The documentation of a version uses the action of this version."""
    used = set(
        re.findall(r"embedgate/embedgate(?:/embedgate)?@v?([\d.]+)", (ROOT / "docs" / "ci.md").read_text("utf-8"))
    )

    assert used == {__version__}
