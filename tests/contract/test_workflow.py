"""The workflow for forks on GitHub, which is never run here: it checks what .ci/run checks, and may only read."""

import re

import pytest
import yaml

from infra.bundling import ROOT

FILES = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")  # a commit: a tag can be moved
MAKE = re.compile(r"^make .+$", re.MULTILINE)


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def workflow(request):
    # YAML 1.1 reads the key `on` as true; a loader of texts alone does not.
    return yaml.load(request.param.read_text(), yaml.BaseLoader)  # noqa: S506 - makes texts, lists and dicts only


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_makes_what_the_projects_own_check_makes_in_the_same_order(workflow):
    own = MAKE.findall((ROOT / ".ci/run").read_text())
    assert own == ["make lint", "make test"]
    assert [line for step in steps(workflow) for line in MAKE.findall(step.get("run", ""))] == own


def test_every_target_that_it_makes_exists(workflow):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    made = [line.split()[1] for step in steps(workflow) for line in MAKE.findall(step.get("run", ""))]
    assert made and set(made) <= set(targets)


def test_it_may_only_read_the_repository(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []


def test_code_of_a_pull_request_runs_without_secrets(workflow):
    """`pull_request_target` and `workflow_run` would run it with the repository's own."""
    assert workflow["on"].keys() == {"push", "pull_request"}
    assert "secrets." not in str(workflow)


def test_every_action_is_pinned_to_a_commit(workflow):
    assert [step["uses"] for step in steps(workflow) if "uses" in step and not PINNED.fullmatch(step["uses"])] == []


def test_no_text_from_outside_is_put_into_a_script(workflow):
    """A branch's name in ${{ }} would be run as a command."""
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_every_job_ends(workflow):
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []
