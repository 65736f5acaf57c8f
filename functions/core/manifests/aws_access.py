"""The AWS access of a connector's role."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.manifests.checks import require, require_list

_TABLE = re.compile(r"[a-z][a-z0-9-]*")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z]+")


@dataclass(frozen=True)
class TableAccess:
    """One of Hookline's own tables that a connector reads: its name without the prefix, and DynamoDB actions."""

    table: str
    actions: Sequence[str]

    def __post_init__(self) -> None:
        require(isinstance(self.table, str) and _TABLE.fullmatch(self.table), f"table {self.table!r}: like 'timelines'")
        if not require_list(f"actions on table {self.table!r}", self.actions, str):
            return
        require(self.actions, f"table {self.table!r}: no action is named")
        wrong = [one for one in self.actions if not one.startswith("dynamodb:")]
        require(not wrong, f"actions on table {self.table!r}: {', '.join(wrong)} is not one of DynamoDB's")


@dataclass(frozen=True)
class AwsAccess:
    """AWS actions that a connector's role allows on these ARNs; {region} and {account} are the deployment's."""

    actions: Sequence[str]
    resources: Sequence[str]

    def __post_init__(self) -> None:
        for name in ("actions", "resources"):
            require(getattr(self, name), f"aws access names no {name}")
        for action in self.actions if require_list("aws actions", self.actions, str) else ():
            require(_ACTION.fullmatch(action), f"aws action {action!r}: like 'bedrock:InvokeModel', without a wildcard")
        for resource in self.resources if require_list("aws resources", self.resources, str) else ():
            require(resource.startswith("arn:"), f"aws resource {resource!r}: an ARN")
