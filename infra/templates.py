"""Reads synthesized templates: every resource with its references resolved, and the permissions of every identity.

The tests prove permissions with it and `hookline agents show` prints them, so the page shows what the tests prove.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from functions.core.platform.errors import HooklineError

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "REGION",
    "AWS::AccountId": "ACCOUNT",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}

# The property that names a resource, and its ARN.
NAMES = {
    "AWS::ApiGatewayV2::Api": ("Name", "arn:aws:apigateway:REGION::/apis/{}"),
    "AWS::DynamoDB::Table": ("TableName", "arn:aws:dynamodb:REGION:ACCOUNT:table/{}"),
    "AWS::Events::EventBus": ("Name", "arn:aws:events:REGION:ACCOUNT:event-bus/{}"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "arn:aws:iam::ACCOUNT:policy/{}"),
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::ACCOUNT:role/{}"),
    "AWS::KMS::Key": ("KeyId", "arn:aws:kms:REGION:ACCOUNT:key/{}"),
    "AWS::Lambda::Function": ("FunctionName", "arn:aws:lambda:REGION:ACCOUNT:function:{}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:REGION:ACCOUNT:log-group:{}:*"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{}"),
    "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:REGION:ACCOUNT:{}"),
    "AWS::SNS::Topic": ("TopicName", "arn:aws:sns:REGION:ACCOUNT:{}"),
    "AWS::Scheduler::ScheduleGroup": ("Name", "arn:aws:scheduler:REGION:ACCOUNT:schedule-group/{}"),
    "AWS::SecretsManager::Secret": ("Name", "arn:aws:secretsmanager:REGION:ACCOUNT:secret:{}-??????"),
}


# The types whose Ref is the ARN; for most others it is the name.
REFERRED_BY_ARN = ("AWS::SecretsManager::Secret", "AWS::SNS::Topic")


class UnknownInTemplate(HooklineError):
    """A template has an element that is not supported here; an error is better than a missing permission."""


def alternatives(pattern: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The event patterns of which an event matches one if it matches `pattern`."""
    found: Sequence[Mapping[str, Any]] = pattern.get("$or", [pattern])
    return found


@dataclass(frozen=True)
class Resource:
    """A resource of a template; the references in `properties` are resolved."""

    id: str
    type: str
    properties: Mapping[str, Any]
    deletion: str
    replacement: str

    @property
    def name(self) -> str:
        """Its physical name, or its id in the template if AWS generates the name."""
        return self.properties.get(NAMES[self.type][0], self.id) if self.type in NAMES else self.id

    @property
    def arn(self) -> str:
        """Its ARN; for a type that is not in NAMES a unique text instead."""
        return NAMES[self.type][1].format(self.name) if self.type in NAMES else f"{self.type}/{self.id}"


@dataclass(frozen=True, order=True)
class Permission:
    """One action on one resource, under one condition: the smallest part of a policy."""

    who: str
    action: str
    resource: str
    condition: str
    when: Mapping[str, Mapping[str, Any]] = field(compare=False, repr=False, default_factory=dict)

    def covers(self, arn: str) -> bool:
        """Whether the resource's pattern matches `arn`, which may be a pattern itself.

        "*" stands for the resources of the action's own service.
        """
        if self.resource == "*":
            return arn == "*" or arn.startswith(f"arn:aws:{self.action.split(':')[0]}:")
        return _pattern_of(self.resource).fullmatch(arn) is not None

    @property
    def what(self) -> str:
        """The permission as text, without the identity."""
        service = self.action.split(":")[0]
        on = self.resource.removeprefix(f"arn:aws:{service}:REGION:ACCOUNT:").removeprefix("arn:aws:s3:::")
        return f"{self.action} on {on}" + (f" if {self.condition}" if self.condition else "")

    def __str__(self) -> str:
        return f"{self.who} may {self.what}"


@cache
def _pattern_of(resource: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if part == "*" else "[^*]" if part == "?" else re.escape(part) for part in resource))


@dataclass(frozen=True)
class Deployed:
    """All resources of the templates."""

    resources: list[Resource]

    @classmethod
    def of(cls, templates: Mapping[str, bytes]) -> "Deployed":
        """Read the templates, by stack, of one synthesis. Raises UnknownInTemplate."""
        return cls([resource for template in templates.values() for resource in read(template)])

    def all(self, type: str) -> list[Resource]:
        """The resources of a type, at least one. Raises UnknownInTemplate if there is none, so no proof is empty."""
        found = [resource for resource in self.resources if resource.type == type]
        if not found:
            raise UnknownInTemplate(f"the templates hold no {type}")
        return found

    @cached_property
    def functions(self) -> dict[str, Resource]:
        """The functions by name."""
        return {function.name: function for function in self.all("AWS::Lambda::Function")}

    @cached_property
    def roles(self) -> dict[str, Resource]:
        """The roles by the name of their function or service."""
        return {identity(role.name): role for role in self.all("AWS::IAM::Role")}

    @cached_property
    def queues(self) -> dict[str, Resource]:
        """The queues by ARN."""
        return {queue.arn: queue for queue in self.all("AWS::SQS::Queue")}

    @cached_property
    def dead_letter_queues(self) -> dict[str, Resource]:
        """The dead-letter queues of queues and the failure destinations of functions, by ARN."""
        redrives = [queue.properties.get("RedrivePolicy") for queue in self.queues.values()]
        failures = [
            config.properties["DestinationConfig"]["OnFailure"]["Destination"]
            for config in self.all("AWS::Lambda::EventInvokeConfig")
        ]
        targets = [redrive["deadLetterTargetArn"] for redrive in redrives if redrive]
        return {arn: self.queues[arn] for arn in (*targets, *failures)}

    @cached_property
    def permissions(self) -> list[Permission]:
        """The permissions of all identities."""
        found = []
        for policy in self.all("AWS::IAM::Policy"):
            if policy.properties.get("Users") or policy.properties.get("Groups"):
                raise UnknownInTemplate(f"{policy.id} is a policy of a user or a group")
            for role in policy.properties["Roles"]:
                for statement in policy.properties["PolicyDocument"]["Statement"]:
                    found += list(allowed(identity(role), statement))
        return sorted(found)

    @cached_property
    def boundary(self) -> list[Permission]:
        """The maximum permissions of every identity."""
        (policy,) = self.all("AWS::IAM::ManagedPolicy")
        statements = policy.properties["PolicyDocument"]["Statement"]
        return sorted(
            permission for statement in statements for permission in allowed(identity(policy.name), statement)
        )

    @cached_property
    def resource_policies(self) -> list[Permission]:
        """The permissions in policies of resources: the trust of roles, the policies of queues, functions and so on."""
        found = []
        for type, document in (
            ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
            ("AWS::SQS::QueuePolicy", "PolicyDocument"),
            ("AWS::KMS::Key", "KeyPolicy"),
            ("AWS::S3::BucketPolicy", "PolicyDocument"),
            ("AWS::SNS::TopicPolicy", "PolicyDocument"),
        ):
            for resource in self.all(type):
                for statement in resource.properties[document]["Statement"]:
                    if statement["Effect"] == "Allow":
                        # In a key's policy, "*" means that key.
                        own = {name: value for name, value in statement.items() if (name, value) != ("Resource", "*")}
                        found += list(allowed(principal(statement), {"Resource": resource.arn, **own}))
        for permission in self.all("AWS::Lambda::Permission"):
            given = permission.properties
            condition = {"ArnLike": {"aws:SourceArn": given["SourceArn"]}} if "SourceArn" in given else {}
            found += [*rows(given["Principal"], given["Action"], given["FunctionName"], condition)]
        return sorted(found)

    def may(self, who: str) -> list[Permission]:
        """The permissions of one identity."""
        return [permission for permission in self.permissions if permission.who == who]

    def identities_with(self, arn: str, actions: Callable[[str], bool]) -> set[str]:
        """The identities with a permission on `arn` for any action that `actions` accepts."""
        return {p.who for p in self.permissions if actions(p.action) and p.covers(arn)}


def read(template: bytes) -> list[Resource]:
    """The resources of one template. Raises UnknownInTemplate for an unsupported kind of reference."""
    stack = _Stack(json.loads(template)["Resources"])
    return [stack.resource(id) for id in stack.resources]


def allowed(who: str, statement: Mapping[str, Any]) -> Iterator[Permission]:
    """The permissions of an Allow statement. Raises UnknownInTemplate for any other kind of statement."""
    unknown = set(statement) - {"Action", "Effect", "Resource", "Condition", "Principal", "Sid"}
    if statement["Effect"] != "Allow" or unknown:
        raise UnknownInTemplate(f"a statement of {who}: {statement}")
    return rows(who, statement["Action"], statement["Resource"], statement.get("Condition", {}))


def rows(who: str, actions: Any, resources: Any, when: Mapping[str, Mapping[str, Any]]) -> Iterator[Permission]:
    """A permission for each action on each resource."""
    condition = " and ".join(
        f"{key} {operator} {' | '.join(sorted(map(str, listed(value))))}"
        for operator, keys in sorted(when.items())
        for key, value in sorted(keys.items())
    )
    for action in listed(actions):
        for resource in listed(resources):
            yield Permission(who, action, resource, condition, when)


def identity(name: str) -> str:
    """The name of a role or of the boundary without its region: for a function's role, that of the function."""
    return name.removesuffix(f"-{PSEUDO['AWS::Region']}")


def principal(statement: Mapping[str, Any]) -> str:
    """The principal of a statement in a resource's policy, as text."""
    kinds = statement["Principal"]
    return (
        kinds if isinstance(kinds, str) else " | ".join(str(name) for kind in kinds.values() for name in listed(kind))
    )


def function_of(reference: str) -> str:
    """The name of a function, from its name, its ARN, or those of an alias of it."""
    return reference.rpartition(":function:")[2].partition(":")[0]


def listed(value: Any) -> list[Any]:
    """A policy's value, which can be a single one, as a list."""
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class _Stack:
    """The resources of one template, with their references."""

    resources: Mapping[str, Any]

    def resource(self, id: str) -> Resource:
        raw = self.resources[id]
        deletion, replacement = raw.get("DeletionPolicy", ""), raw.get("UpdateReplacePolicy", "")
        return Resource(id, raw["Type"], self._resolve(raw.get("Properties", {})), deletion, replacement)

    def _named(self, id: str) -> Resource:
        """The resource without its other properties, which may refer back."""
        raw = self.resources[id]
        name = NAMES.get(raw["Type"], ("", ""))[0]
        properties = {name: self._resolve(raw["Properties"][name])} if name in raw.get("Properties", {}) else {}
        return Resource(id, raw["Type"], properties, "", "")

    def _alias_arn(self, alias: Mapping[str, Any]) -> str:
        function = self._resolve(alias["FunctionName"])
        return f"{NAMES['AWS::Lambda::Function'][1].format(function)}:{alias['Name']}"

    def _resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": id}:
                if id in PSEUDO:
                    return PSEUDO[id]
                if self.resources[id]["Type"] == "AWS::Lambda::Alias":
                    return self._alias_arn(self.resources[id]["Properties"])
                resource = self._named(id)
                return resource.arn if resource.type in REFERRED_BY_ARN else resource.name
            case {"Fn::GetAtt": [id, "Arn"]}:
                return self._named(id).arn
            case {"Fn::GetAtt": [id, "QueueName"]}:
                return self._named(id).name
            case {"Fn::GetAtt": [id, attribute]}:
                return f"{id}.{attribute}"
            case {"Fn::Select": [position, {"Fn::Split": [between, text]}]}:
                return self._resolve(text).split(between)[int(position)]
            case {"Fn::Join": [between, parts]}:
                return between.join(self._resolve(part) for part in parts)
            case {"Fn::Sub": str(text)} if set(re.findall(r"\$\{(.*?)\}", text)) <= PSEUDO.keys():
                return re.sub(r"\$\{(.*?)\}", lambda found: str(PSEUDO[found[1]]), text)
            case dict():
                if any(key.startswith("Fn::") for key in value):
                    raise UnknownInTemplate(f"an unsupported kind of reference: {value}")
                return {key: self._resolve(item) for key, item in value.items()}
            case list():
                return [self._resolve(item) for item in value]
        return value
