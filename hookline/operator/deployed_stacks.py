"""Reads what CloudFormation has deployed: stacks, their templates and the ids of their resources."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hookline.operator.account import Clients


def resource_ids(account: Clients, stack: str) -> set[str]:
    """The logical ids of the resources of a deployed stack, empty if it does not exist."""
    try:
        pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            one["LogicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
            if one["ResourceStatus"] != "DELETE_COMPLETE"
        }
    except ClientError as error:
        if _is_missing(error):
            return set()
        raise


def template(account: Clients, stack: str) -> Mapping[str, Any] | None:
    """The template that a stack was deployed from, None if it does not exist."""
    try:
        body = account.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    except ClientError as error:
        if _is_missing(error):
            return None
        raise
    return json.loads(body) if isinstance(body, str) else body


def exists(account: Clients, stack: str) -> bool:
    """Whether a stack exists and is not deleted."""
    try:
        (found,) = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if _is_missing(error):
            return False
        raise
    return str(found["StackStatus"]) != "DELETE_COMPLETE"


def _is_missing(error: ClientError) -> bool:
    # CloudFormation has no code of its own for it.
    said = error.response["Error"]
    return said["Code"] == "ValidationError" and "does not exist" in said["Message"]
