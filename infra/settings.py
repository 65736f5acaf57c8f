"""The settings of a deployment, from the CDK context: cdk.json, or `cdk deploy -c name=value`.

A malformed value raises ManifestError, unless bad values are reported (functions/core/manifests/checks.py). A check of
the settings needs no CDK, so it is imported only for a synth.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from functions.core.context.link_rules import rule_of
from functions.core.gate.credentials import tenant_of
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.checks import require
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.models import Price
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from functions.core.manifests.tenant import MODES, OneTenant, Tenant, require_patterns
from functions.core.platform.errors import ConfigurationError
from hookline.validation.findings import hint
from infra.concurrency import SMALLEST_QUOTA
from infra.limits import RULES_PER_BUS

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy

    from hookline.validation.discovery import Project


RECORDS_DAYS = 30
_KIND = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?")
_ENTITY = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*/[^\s,]+")


@dataclass(frozen=True)
class Settings:
    """The deployment's settings.

    `local` is the local stack: its emulator lacks some resources, uses plain HTTP, and runs functions in this
    machine's interpreter. `sources` are deployed in addition to those that an agent subscribes to. `sandboxes` maps a
    connector to the URL of its sandbox provider. `bundle=False` replaces the functions' code by empty zips, for tests
    that only read templates. With `unbound`, an agent is synthesized even if a destination of it is not bound, for
    commands that show what it may do. `destinations` binds the names of destinations to entities, `links` has what a
    verified link may lead to, by the kind of the entity that it leads from (docs/links.md), `tenants` has the
    parts of the hosts of providers with one host for each customer. `expected` has patterns of the tenants whose
    deliveries are translated, by source, for sources whose secret serves several. `mode` is "live" or "test": what
    providers' credentials are here; on the local stack "test". `review_emails` receive a mail for every review,
    `review_deciders` are patterns of the ARNs that may decide on them; without any, only IAM decides who may.
    `prices` are those of models by "<connector>:<model>", in place of the connector's own.
    `flows` are the flows whose agents are deployed too.
    `reconcile` has, for each source that is reconciled on a schedule, the minutes between two runs.
    `alarm_emails` receive a mail for every alarm. `rules_per_bus` is the account's quota of rules on an event bus,
    `concurrency` that of Lambda's concurrent executions. Records of runs and calls are deleted after `records_days`.

    `stage` is the name of one of several deployments in an account and region, "" for the default one; its resources
    have names of their own. With `-c stage=NAME`, the values in "stages": {NAME: {…}} of cdk.json replace or extend the
    others.
    """

    stage: str = ""
    local: bool = False
    endpoint: str = ""
    sources: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    sandboxes: tuple[tuple[str, str], ...] = ()
    bundle: bool = True
    unbound: bool = False
    destinations: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)
    tenants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mode: str = "live"
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reconcile: Mapping[str, int] = field(default_factory=dict)
    review_emails: tuple[str, ...] = ()
    review_deciders: tuple[str, ...] = ()
    alarm_emails: tuple[str, ...] = ()
    rules_per_bus: int = RULES_PER_BUS
    concurrency: int = SMALLEST_QUOTA
    records_days: int = RECORDS_DAYS

    def __post_init__(self) -> None:
        for name, entity in self.destinations.items():
            require(
                is_entity(entity), f"destination {name}: {entity!r} is not an entity like 'slack:channel/C0123ABCD'"
            )
        for kind, given in self.links.items():
            _require_link(kind, given)
        require(self.mode in MODES, f"mode {self.mode!r}: 'live' or 'test'")
        for source, patterns in self.expected.items():
            require_patterns(f"expected tenants of {source}", patterns)
        for model, price in self.prices.items():
            Price.read(model, price)

    @classmethod
    def of(cls, node: "Context") -> "Settings":
        """Read the context of an app's node. Raises ManifestError if a value is malformed or the stage is unknown."""
        context = _Context(node)
        return cls(
            stage=context.stage,
            local=context.one("local") == "true",
            endpoint=context.one("endpoint") or "",
            sources=_names(context.one("sources")),
            flows=_names(context.one("flows")),
            sandboxes=tuple(_pairs("sandboxes", context.one("sandboxes")).items()),
            bundle=context.one("bundle") != "false",
            unbound=context.one("unbound") == "true",
            destinations=context.merged("destinations"),
            links=context.merged("links"),
            tenants=_nested(context.merged("tenants")),
            mode=context.one("mode") or ("test" if context.one("local") == "true" else "live"),
            prices=context.merged("prices"),
            reconcile=_minutes(context.merged("reconcile")),
            expected={name: _patterns(name, given) for name, given in context.merged("expected").items()},
            review_emails=_names(context.one("review_emails")),
            review_deciders=_names(context.one("review_deciders")),
            alarm_emails=_names(context.one("alarm_emails")),
            rules_per_bus=_count("rules_per_bus", context.one("rules_per_bus"), RULES_PER_BUS),
            concurrency=_count("concurrency", context.one("concurrency"), SMALLEST_QUOTA),
            records_days=_count("records_days", context.one("records_days"), RECORDS_DAYS),
        )

    def bound(self, connector: ConnectorManifest, callers: Sequence[AgentManifest]) -> dict[str, str]:
        """The bound destinations that `callers` declare for a connector: the entities by name."""
        uses = (use for agent in callers for use in agent.uses if use.connector == connector.name)
        names = {name for use in uses for name in use.to}
        return {name: self.destinations[name] for name in sorted(names) if name in self.destinations}

    def prices_of(self, connector: str) -> dict[str, Mapping[str, Any]]:
        """The prices of a connector's models, by their ids."""
        start = f"{connector}:"
        return {name.removeprefix(start): price for name, price in self.prices.items() if name.startswith(start)}

    def tenant(self, connector: ConnectorManifest) -> dict[str, str]:
        """The parts of a connector's hosts. Raises ManifestError if one is missing or invalid in a host name.

        With `unbound`, a connector without any has its placeholders.
        """
        if self.unbound and connector.name not in self.tenants:
            return {part: part for part in connector.tenant}
        try:
            return tenant_of(connector, self.tenants.get(connector.name, {}))
        except ConfigurationError as error:
            require(False, f'{error}, in cdk.json under "tenants": {{"{connector.name}": …}}')
            return {}

    def require_known(self, sources: Mapping[str, SourceManifest]) -> None:
        """Raise ManifestError if `expected` names a source that does not exist, or one with a single tenant."""
        for name in self.expected:
            if name not in sources:
                require(False, f"expected: there is no source {name!r}{hint(name, sorted(sources))}")
                continue
            one = isinstance(sources[name].reading.tenant, OneTenant)
            require(not one, f"expected: the secret of source {name} serves one tenant only; leave it out")

    def require_links(self, project: "Project") -> None:
        """Raise ManifestError if `links` names an operation that no connector has."""
        for kind, given in self.links.items():
            for action in given.get("operations", ()) if isinstance(given, Mapping) else ():
                name, _, operation = str(action).partition(":")
                connector = project.connectors.get(name)
                known = [f"{name}:{one.name}" for one in connector.operations] if connector else project.connectors
                if connector is None or connector.operation(operation) is None:
                    require(False, f"links {kind}: there is no operation {action!r}{hint(str(action), sorted(known))}")

    def reconciled(self, sources: Sequence[SourceManifest], project: "Project") -> list[ReconcileManifest]:
        """How each of the deployed `sources` is reconciled that these settings name; on the local stack all that can.

        There, only with a connector that an agent uses: it has a sandbox.
        """
        declared = [project.reconciles[source.name] for source in sources if source.name in project.reconciles]
        if self.local:
            return [one for one in declared if project.callers_of(one.name)]
        return [one for one in declared if one.name in self.reconcile]

    def require_reconcilable(self, sources: Sequence[SourceManifest], project: "Project") -> None:
        """Raise ManifestError if `reconcile` names a source that is not deployed, or has no reconcile.py."""
        for name in self.reconcile:
            if name not in project.reconciles:
                known = sorted(project.reconciles)
                what = f"reconcile: source {name!r} has no reconcile.py; {', '.join(known)} can be reconciled"
                require(False, f"{what}{hint(name, known)}")
            elif name not in [source.name for source in sources]:
                require(False, f"reconcile: source {name} is not deployed: no agent subscribes to it")

    def expects(self, source: SourceManifest) -> str:
        """The patterns of the tenants that are expected of a source, "" for what its manifest says.

        The local stack expects any.
        """
        several = isinstance(source.reading.tenant, Tenant)
        return ",".join(self.expected.get(source.name, ("*",) if self.local and several else ()))

    @property
    def removal(self) -> "RemovalPolicy":
        """The removal policy of resources with data: retain, except on the local stack."""
        from aws_cdk import RemovalPolicy

        return RemovalPolicy.DESTROY if self.local else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def sandbox(self, connector: str) -> str:
        """The URL of the sandbox provider for `connector`, "" if it calls the provider itself."""
        return dict(self.sandboxes).get(connector, "")


class Context(Protocol):
    """Where the values of the context are; an app's node is one."""

    def try_get_context(self, key: str) -> Any: ...


@dataclass(frozen=True)
class _Context:
    """The app's context; the values of the stage override it."""

    node: Context

    def one(self, name: str) -> Any:
        """A value, the stage's if it has one."""
        return self._stage.get(name, self.node.try_get_context(name))

    def merged(self, name: str) -> dict[str, Any]:
        """A mapping; the stage's entries replace those of the same names."""
        return {**_pairs(name, self.node.try_get_context(name)), **_pairs(name, self._stage.get(name))}

    @property
    def stage(self) -> str:
        """The name of the stage, "" for the default one."""
        return str(self.node.try_get_context("stage") or "")

    @property
    def _stage(self) -> Mapping[str, Any]:
        name, stages = self.stage, self.node.try_get_context("stages") or {}
        if not require(isinstance(stages, dict), f"stages {stages!r}: an object of stages by name"):
            return {}
        if not require(not name or name in stages, f"stage {name!r} is not in cdk.json{hint(name, stages)}"):
            return {}
        found = stages.get(name, {})
        good = require(isinstance(found, dict), f"stage {name!r}: {found!r} is not an object of settings")
        return found if good else {}


def _require_link(kind: str, given: object) -> None:
    try:
        rule = rule_of(given)
    except ValueError as error:
        require(False, f"links {kind}: {error}")
        return
    for one in (kind, rule.to, *rule.with_):
        require(_KIND.fullmatch(one), f"links {kind}: {one!r} is not a kind of entity like 'stripe:customer'")


def is_entity(value: object) -> bool:
    """Whether a destination can be bound to it: an entity like 'slack:channel/C0123ABCD'."""
    return isinstance(value, str) and _ENTITY.fullmatch(value) is not None


def _pairs(what: str, given: object) -> dict[str, Any]:
    """A mapping from cdk.json, or name=value,name=value from the command line."""
    if isinstance(given, str):
        pairs = [pair.partition("=") for pair in given.split(",") if pair.strip()]
        good = all(name.strip() and value.strip() for name, _, value in pairs)
        require(good, f"context {what}: {given!r} is not name=value,name=value")
        return {name.strip(): value.strip() for name, _, value in pairs} if good else {}
    if given is not None and not isinstance(given, dict):
        require(False, f'context {what}: {given!r} is not an object like {{"name": "value"}}')
        return {}
    return dict(given or {})


def _nested(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """{"zendesk": {"subdomain": "acme"}}, also from the command line's {"zendesk.subdomain": "acme"}."""
    found: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        provider, _, part = name.partition(".")
        parts = {part: value} if part else value
        what = f'tenants of {provider}: {value!r} is not an object like {{"name": "value"}}'
        if require(isinstance(parts, dict), what):
            found.setdefault(provider, {}).update(parts)
    return found


def _minutes(given: Mapping[str, Any]) -> dict[str, int]:
    """The minutes between two runs, by source: {"stripe": 60}, from the command line as text."""
    return {name: _count(f"reconcile {name}, in minutes,", value, 60) for name, value in given.items()}


def _names(given: object) -> tuple[str, ...]:
    """The names in a list from cdk.json, or in comma-separated text from the command line."""
    names = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else []
    return tuple(str(name).strip() for name in names if str(name).strip())


def _patterns(source: str, given: object) -> tuple[str, ...]:
    """Patterns of tenants in a list from cdk.json, or with blanks between them from the command line."""
    patterns = given.split() if isinstance(given, str) else given
    if not isinstance(patterns, list) or not patterns:
        require(False, f'expected tenants of {source}: {given!r} is not a list like ["own", "acct_*"]')
        return ()
    return tuple(patterns)


def _count(what: str, given: object, default: int) -> int:
    """A whole number from 1, also as the text of the command line; `default` if missing."""
    text = str(default if given is None else given)
    good = text.isdecimal() and int(text) > 0
    return int(text) if require(good, f"context {what}: {given!r} is not a whole number from 1") else default
