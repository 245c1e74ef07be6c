"""Workflows, the project's own and those that a user copies from the docs, are workflows."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_OF = {".github/workflows/": "github-workflows", ".gitlab-ci.yml": "gitlab-ci"}


def snippets() -> dict[str, str]:
    """YAML in the docs by page and the file name that its first line names."""
    found = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^```ya?ml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            found[f"{page.name}: {block.splitlines()[0].removeprefix('# ')}"] = block
    return found


OWN = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / ".github").rglob("*.yml")}
ALL = OWN | snippets()
ON_GITHUB = {name: text for name, text in ALL.items() if ".github/workflows/" in name}


def complaints(text: str, schema: str) -> list[str]:
    """What is wrong with a workflow."""
    rules = json.loads((files("check_jsonschema.builtin_schemas.vendor") / f"{schema}.json").read_text("utf-8"))
    validator = validator_for(rules)(rules)
    return [error.message for error in validator.iter_errors(YAML(typ="safe").load(text))]


def every(key: str, node: Any) -> list[Any]:
    """All values of a key, wherever it stands."""
    if isinstance(node, dict):
        return [value for name, value in node.items() if name == key] + [
            found for value in node.values() for found in every(key, value)
        ]
    return [found for value in node for found in every(key, value)] if isinstance(node, list) else []


def test_workflows_were_found() -> None:
    """The project's own, one for GitHub and one for GitLab."""
    assert {".github/workflows/ci.yml", "ci.md: .github/workflows/gate.yml", "ci.md: .gitlab-ci.yml"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_workflow_is_one(name: str) -> None:
    """Each names the file that it is, and that service's own schema accepts it."""
    schemas = [schema for ending, schema in SCHEMA_OF.items() if ending in name]

    assert len(schemas) == 1, f"{name}: the first line has to name the file"
    assert complaints(ALL[name], schemas[0]) == []


def test_what_is_no_workflow_is_found() -> None:
    """The schema is looked at: a misspelt key is found in either."""
    for name, text in ALL.items():
        schema = next(schema for ending, schema in SCHEMA_OF.items() if ending in name)
        wrong = text.replace("runs-on:", "run-on:").replace("script:", "scirpt:")

        assert complaints(wrong, schema)


@pytest.mark.parametrize("name", ON_GITHUB)
def test_a_workflow_may_do_no_more_than_it_has_to(name: str) -> None:
    """Reading is all it may, a job ends in time, no credential stays in the checkout, actions keep their version."""
    workflow = YAML(typ="safe").load(ON_GITHUB[name])
    actions = every("uses", workflow)

    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    assert actions
    assert all(re.fullmatch(r"actions/[a-z/-]+@v\d+", action) for action in actions)
    for step in [step for steps in every("steps", workflow) for step in steps]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_no_script_holds_an_expression() -> None:
    """Text from outside, such as a branch's name, reaches a shell by the environment alone."""
    for text in ON_GITHUB.values():
        assert all("${{" not in script for script in every("run", YAML(typ="safe").load(text)))


def test_one_version_of_an_action_everywhere() -> None:
    """Docs and project use the same, so that one of them is not forgotten."""
    used = {action for text in ON_GITHUB.values() for action in every("uses", YAML(typ="safe").load(text))}
    versions = {action.partition("@")[0].partition("/restore")[0].partition("/save")[0]: action for action in used}

    assert len({action.partition("@")[2] for action in used if "/cache" in action}) == 1
    assert len(versions) == len({re.sub(r"/(restore|save)@", "@", action) for action in used})


def test_the_projects_own_ci_tries_every_python_that_is_promised() -> None:
    """Each classifier's Python is tried, as tests of the checkout and of the wheel."""
    promised = set(re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    jobs = YAML(typ="safe").load(OWN[".github/workflows/ci.yml"])["jobs"]

    for job in ("test", "wheel"):
        assert set(jobs[job]["strategy"]["matrix"]["python"]) == promised
