"""The local stack: `hookline up` deletes the stacks of removed agents, and starts new sandboxes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hookline.local import sandbox
from hookline.local.stack import LocalStack, delete_removed_agents

pytestmark = pytest.mark.local

EMPTY = {"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}


def test_only_the_stack_of_an_agent_whose_folder_is_gone_is_deleted(stack: LocalStack) -> None:
    cloudformation = stack.client("cloudformation")
    cloudformation.create_stack(StackName="hookline-agent-gone", TemplateBody=json.dumps(EMPTY))
    delete_removed_agents(stack.emulator, Path(stack.state))
    statuses = {found["StackName"]: found["StackStatus"] for found in cloudformation.describe_stacks()["Stacks"]}
    assert statuses.get("hookline-agent-gone", "DELETE_COMPLETE") == "DELETE_COMPLETE"
    assert statuses["hookline-agent-fraud"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def test_a_sandbox_that_lacks_a_provider_is_restarted(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """A sandbox of an older version: calls to a provider that it lacks would go to the provider itself."""
    port = free_port()
    old = sandbox.start(tmp_path, port)
    record = tmp_path / "sandbox.json"
    known = json.loads(record.read_text())
    record.write_text(json.dumps({**known, "urls": {"stripe": known["urls"]["stripe"]}}))
    new = sandbox.start(tmp_path, port)
    try:
        assert (new.urls, new.pid == old.pid) == (old.urls, False)
        assert sandbox.start(tmp_path, port) == new
    finally:
        new.stop()
