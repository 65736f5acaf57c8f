"""The reviewers as agents: each reads a pull request through GitHub's connector, reports, and can write nothing."""

import json

import pytest

from functions.agents.code_review.manifest import MANIFEST as MANAGER
from functions.core.changes.findings import WORST
from functions.providers.github.connector import MANIFEST as GITHUB
from functions.providers.github.sandbox.account import HELLO
from hookline.testing.kit import event
from hookline.testing.kit.kit import manifest_of

AGENTS = (*MANAGER.workflow.members, "code_review", "review_publisher")
KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"  # made up
FOUND = {
    "lint_reviewer": ({"a.py": "print(undefined)\n"}, "undefined-name"),
    "secrets_reviewer": ({"a.py": f'token = "{KEY}"\n'}, "github-token"),
    "dependency_reviewer": ({"requirements.txt": "reqeusts==2.0.0\n"}, "lookalike-name"),
    "tests_reviewer": (
        {"tests/test_a.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_a(): ...\n"},
        "skipped-test",
    ),
}


@pytest.fixture
def reviewing(kit):
    """Lets a reviewer look at a new pull request of these files; its report, and the result."""

    def reviewing(agent, files, **given):
        reviewer = kit(agent, **given)

        def control(path, **body):
            return json.loads(reviewer.sandbox("github").control("POST", path, json.dumps(body).encode()).body)

        control("commits", branch="work", files={path: {"text": text} for path, text in files.items()})
        made = control("pulls", branch="work", fork="")
        entities = [f"github:pull_request/{HELLO}/{made['number']}", f"github:commit/{HELLO}/{made['head']}"]
        task = event("task.assigned", agent=agent, manager="code_review", payload={"task": {}}, entities=entities)
        result = reviewer.wake(task)
        return [one.data["content"] for one in result.published], result

    return reviewing


@pytest.mark.parametrize("agent", FOUND)
def test_a_reviewer_reports_what_it_finds(reviewing, agent):
    files, rule = FOUND[agent]
    (report,), result = reviewing(agent, files)
    assert [row[0] for row in report["findings"]] == [rule]
    assert (result.effects, result.denials) == ((), ())


def test_the_tests_reviewer_looks_up_the_usual_tests(reviewing):
    """The repository has none of them for this file, so nothing is missing."""
    (report,), result = reviewing("tests_reviewer", {"export.py": "".join(f"value_{n} = {n}\n" for n in range(9))})
    assert report["findings"] == []
    assert {one.partition("(")[0] for one in result.reads} == {"github.pull.files", "github.contents.read"}


def test_the_design_reviewer_asks_nothing_about_a_change_without_logic(reviewing):
    (report,), result = reviewing("design_reviewer", {"README.md": "Text\n"})
    assert (report["findings"], report["stood_aside"]) == ([], "")
    assert {one.partition("(")[0] for one in result.reads} == {"github.pull.files"}


def test_only_the_publisher_may_write_and_neither_approve_nor_merge():
    """What reads a stranger's text has no operation that acts."""
    kinds = {operation.name: operation.kind for operation in GITHUB.operations}
    writes = {
        name: {one for one in manifest_of(name).operations_of("github") if kinds[one] == "effect"} for name in AGENTS
    }
    assert {name for name, operations in writes.items() if operations} == {"review_publisher"}
    assert writes["review_publisher"] == {"review.create", "summary.put", "check.create"}


def test_the_manager_merges_by_the_severities_of_reports():
    assert MANAGER.workflow.merge["worst"].order == list(WORST)
