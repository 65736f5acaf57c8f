"""The AWS access of a connector's role."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    """AWS actions that a connector's role allows on these ARNs; {partition}, {region} and {account} are the
    deployment's.

    Other names in braces are parts of the entity of an operation: the access is given for each destination that the
    operator binds to such an entity. "*" is for actions that AWS cannot limit to a resource. `when` are condition keys
    and the pattern that each must match.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    when: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("actions", "resources"):
            require(getattr(self, name), f"aws access names no {name}")
        for action in self.actions if require_list("aws actions", self.actions, str) else ():
            require(_ACTION.fullmatch(action), f"aws action {action!r}: like 'bedrock:InvokeModel', without a wildcard")
        for resource in self.resources if require_list("aws resources", self.resources, str) else ():
            named = resource.startswith(("arn:", "{arn}")) or resource == "*"
            require(named, f"aws resource {resource!r}: an ARN, or '*' for an action that AWS cannot limit to one")
        require(isinstance(self.when, Mapping), f"aws when {self.when!r}: patterns by condition key")

    def filled(self, values: Mapping[str, str]) -> "AwsAccess":
        """The same access with `values` in place of their names in braces."""

        def fill(text: str) -> str:
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        when = {key: fill(pattern) for key, pattern in self.when.items()}
        return replace(self, resources=[fill(one) for one in self.resources], when=when)
