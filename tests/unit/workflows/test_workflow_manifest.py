"""A workflow's manifest: its errors are findings with file and line."""

import sys

import pytest

from functions.core.manifests.agent import Subscription
from functions.core.platform.errors import ManifestError
from functions.core.workflows.manifest import WorkflowManifest
from functions.core.workflows.patterns.handoff import Handoff
from hookline.validation.manifests import read_manifest
from hookline.validation.workflows import check_workflow

TEXT = """from functions.core.manifests.agent import Subscription
from functions.core.workflows.manifest import WorkflowManifest
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.merging import Agree

MANIFEST = WorkflowManifest(
    name="second_opinion",
    owner="payments",
    purpose="Ask several agents about a payment",
    starts=[Subscription("payment.succeeded", sources=["webhook.stripe"])],
    declared=Concurrent(
        asked=[
            "fraud",
            "frauds",
        ],
        merge={"verdict": Agree()},
    ),
)
"""
GOOD = {
    "name": "triage",
    "owner": "support",
    "purpose": "Find who can help",
    "starts": [Subscription("payment.succeeded", sources=["webhook.stripe"])],
    "declared": Handoff(triage="ada", specialists=["bob"]),
}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a manifest of this text."""

    def read(text):
        folder = tmp_path / "examples_of_workflows"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "manifest.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        for name in [name for name in sys.modules if name.startswith(folder.name)]:
            monkeypatch.delitem(sys.modules, name)
        return read_manifest(folder.name, folder, "manifest.py", WorkflowManifest)

    return read


def test_a_member_that_is_no_agent_is_a_finding_on_its_line(read):
    """With the agent that may be meant."""
    findings = [str(one) for one in check_workflow(read(TEXT)[0], ["fraud", "notifier"])]
    assert len(findings) == 1
    assert findings[0].startswith("examples_of_workflows/manifest.py:14: has the member 'frauds', which is no agent")
    assert findings[0].endswith("(did you mean fraud?)")


def test_what_a_declaration_gets_wrong_is_a_finding_on_its_line(read):
    """All of it at once."""
    text = TEXT.replace('merge={"verdict": Agree()}', 'merge={}, join="quorum", quorum=3, seconds=400_000')
    finding = " ".join(map(str, read(text)[1]))
    assert finding.startswith("examples_of_workflows/manifest.py:11: seconds 400000: the run's grant lives 345600")
    assert "the join can never be met" in finding and "merge: name at least one field" in finding


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"name": "Triage"}, "workflow name 'Triage'"),
        ({"owner": ""}, "owner ''"),
        ({"starts": []}, "starts with nothing"),
        ({"starts": ["payment.succeeded"]}, "starts 'payment.succeeded': write a list of Subscription"),
        ({"declared": "handoff"}, "declared 'handoff': write a pattern's declaration"),
    ],
)
def test_a_manifest_that_cannot_work_is_refused(changed, finding):
    """With the value."""
    assert WorkflowManifest(**GOOD).members == ("ada", "bob")
    with pytest.raises(ManifestError, match=finding):
        WorkflowManifest(**{**GOOD, **changed})
