"""Checks a workflow's manifest against the agents."""

from collections.abc import Collection, Iterator

from functions.core.workflows.manifest import WorkflowManifest
from hookline.validation.findings import Finding, hint
from hookline.validation.manifests import Declared


def check_workflow(workflow: Declared, agents: Collection[str]) -> Iterator[Finding]:
    """The members that are no agents. What a declaration itself gets wrong is found when the manifest is read."""
    manifest: WorkflowManifest = workflow.manifest
    for member in manifest.members:
        if member not in agents:
            what = f"has the member {member!r}, which is no agent{hint(member, agents)}"
            yield workflow.finding(what, member)
