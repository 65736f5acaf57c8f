"""The local stack itself: what is no longer declared goes away."""

import json
from pathlib import Path

import pytest

from hookline.local.stack import LocalStack, remove_what_is_gone

pytestmark = pytest.mark.local

EMPTY = {"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}


def test_the_stack_of_an_agent_whose_folder_is_gone_is_deleted_and_no_other(stack: LocalStack) -> None:
    cloudformation = stack.client("cloudformation")
    cloudformation.create_stack(StackName="hookline-agent-gone", TemplateBody=json.dumps(EMPTY))
    remove_what_is_gone(stack.emulator, Path(stack.state))
    statuses = {found["StackName"]: found["StackStatus"] for found in cloudformation.describe_stacks()["Stacks"]}
    assert statuses.get("hookline-agent-gone", "DELETE_COMPLETE") == "DELETE_COMPLETE"
    assert statuses["hookline-agent-fraud"] == "CREATE_COMPLETE"
