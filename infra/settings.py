"""What a deployment is told from outside: CDK context, `cdk deploy -c name=value`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import RemovalPolicy
from constructs import Node

from functions.core.gate.credentials import tenant_of
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.errors import ConfigurationError, ManifestError
from hookline.validation.findings import meant
from infra.bundling import Target, lambda_target, local_target

_ENTITY = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*/[^\s,]+")


@dataclass(frozen=True)
class Settings:
    """The deployment's settings.

    `local` is the local stack: its emulator lacks some resources, speaks plain HTTP, and runs functions in this
    machine's interpreter. `sources` are deployed beside those that an agent subscribes to. `sandboxes` maps a connector
    to the address of its sandbox provider. `bundle=False` puts empty zips in place of the functions' code, for tests
    that only read templates. With `unbound`, an agent is synthesized though a destination of it is not bound, for
    commands that show what it may do. `destinations` binds the names of destinations to entities, `tenants` gives the
    parts of the hosts of providers that have one for each customer. `review_emails` get a mail of every review,
    `review_deciders` are patterns of the ARNs that may decide on them; without any, IAM alone decides who may.
    `alarm_emails` get a mail of every alarm.

    With `-c stage=NAME`, what stands in "stages": {NAME: {…}} of cdk.json replaces or extends the rest.
    """

    local: bool = False
    endpoint: str = ""
    sources: tuple[str, ...] = ()
    sandboxes: tuple[tuple[str, str], ...] = ()
    bundle: bool = True
    unbound: bool = False
    destinations: Mapping[str, str] = field(default_factory=dict)
    tenants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    review_emails: tuple[str, ...] = ()
    review_deciders: tuple[str, ...] = ()
    alarm_emails: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, entity in self.destinations.items():
            if not _ENTITY.fullmatch(entity):
                raise ManifestError(f"destination {name}: {entity!r} is not an entity like 'slack:channel/C0123ABCD'")

    @classmethod
    def of(cls, node: Node) -> "Settings":
        """Read the context of the app. Raises ManifestError where a value is malformed or the stage is unknown."""
        context = _Context(node)
        return cls(
            local=context.one("local") == "true",
            endpoint=context.one("endpoint") or "",
            sources=_names(context.one("sources")),
            sandboxes=tuple(_pairs("sandboxes", context.one("sandboxes")).items()),
            bundle=context.one("bundle") != "false",
            unbound=context.one("unbound") == "true",
            destinations=context.merged("destinations"),
            tenants=_nested(context.merged("tenants")),
            review_emails=_names(context.one("review_emails")),
            review_deciders=_names(context.one("review_deciders")),
            alarm_emails=_names(context.one("alarm_emails")),
        )

    def bound(self, connector: ConnectorManifest, callers: Sequence[AgentManifest]) -> dict[str, str]:
        """The destinations that the agents which use a connector declare for it, by name."""
        uses = (use for agent in callers for use in agent.uses if use.connector == connector.name)
        names = {name for use in uses for name in use.to}
        return {name: self.destinations[name] for name in sorted(names) if name in self.destinations}

    def tenant(self, connector: ConnectorManifest) -> dict[str, str]:
        """The parts of a connector's hosts. Raises ManifestError where one is missing or is not a host name's."""
        try:
            return tenant_of(connector, self.tenants.get(connector.name, {}))
        except ConfigurationError as error:
            raise ManifestError(f'{error}, in cdk.json under "tenants": {{"{connector.name}": …}}') from None

    @property
    def target(self) -> Target:
        """The machine that zips are built for."""
        return local_target() if self.local else lambda_target()

    @property
    def removal(self) -> RemovalPolicy:
        """What holds data outlives its stack, but on a laptop."""
        return RemovalPolicy.DESTROY if self.local else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def sandbox(self, connector: str) -> str:
        """The sandbox provider's address for `connector`, or nothing: then it is the real one."""
        return dict(self.sandboxes).get(connector, "")


@dataclass(frozen=True)
class _Context:
    """The app's context, with that of the stage before it."""

    node: Node

    def one(self, name: str) -> Any:
        """A value, the stage's where it has one."""
        return self._stage.get(name, self.node.try_get_context(name))

    def merged(self, name: str) -> dict[str, Any]:
        """A mapping, with the stage's entries in place of those of the same names."""
        return {**_pairs(name, self.node.try_get_context(name)), **_pairs(name, self._stage.get(name))}

    @property
    def _stage(self) -> Mapping[str, Any]:
        name, stages = self.node.try_get_context("stage"), self.node.try_get_context("stages") or {}
        if name and name not in stages:
            raise ManifestError(f"stage {name!r} is not in cdk.json{meant(name, stages)}")
        found: Mapping[str, Any] = stages.get(name, {})
        return found


def _pairs(what: str, given: object) -> dict[str, Any]:
    """A mapping, as cdk.json has it, or name=value with commas between, as the command line has it."""
    if isinstance(given, str):
        pairs = [pair.partition("=") for pair in given.split(",") if pair.strip()]
        if not all(name.strip() and value.strip() for name, _, value in pairs):
            raise ManifestError(f"context {what}: {given!r} is not name=value,name=value")
        return {name.strip(): value.strip() for name, _, value in pairs}
    if given is not None and not isinstance(given, dict):
        raise ManifestError(f'context {what}: {given!r} is not an object like {{"name": "value"}}')
    return dict(given or {})


def _nested(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """{"zendesk": {"subdomain": "acme"}}, or {"zendesk.subdomain": "acme"} as the command line has it."""
    found: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        provider, _, part = name.partition(".")
        found.setdefault(provider, {}).update({part: value} if part else value)
    return found


def _names(given: object) -> tuple[str, ...]:
    """The names in a list, as cdk.json has it, or in text with commas, as the command line has it."""
    names = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(str(name).strip() for name in names if str(name).strip())
