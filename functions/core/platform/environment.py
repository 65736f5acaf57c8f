"""The environment variables of each kind of function, each declared once.

infra sets them from `variables()`; the function reads them with `read()`. A field `bus` is HOOKLINE_BUS.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Self

from functions.core.platform.errors import ConfigurationError

PREFIX = "HOOKLINE_"


@dataclass(frozen=True)
class Environment:
    """The base class; it has no variables of its own."""

    def variables(self) -> dict[str, str]:
        """The variables to set on the function; empty ones are left out."""
        return {PREFIX + f.name.upper(): getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read from `environ`. Raises ConfigurationError that names every missing variable."""
        values = {f.name: environ.get(PREFIX + f.name.upper(), f.default) for f in fields(cls)}
        needed = {f.name for f in fields(cls) if f.default is MISSING}
        missing = [
            PREFIX + name.upper() for name in values if name in needed and not environ.get(PREFIX + name.upper())
        ]
        if missing:
            raise ConfigurationError(f"not set: {', '.join(missing)}")
        return cls(**values)


@dataclass(frozen=True)
class Started(Environment):
    """Every function; `starts` is the module whose `start` makes its handler, `stage` its stage (platform/stage.py)."""

    starts: str
    stage: str = ""


@dataclass(frozen=True)
class Audited(Environment):
    """Every identity that sends audit records."""

    audit_queue_url: str


@dataclass(frozen=True)
class VerifierEnvironment(Audited):
    """A source's verifier; `addresses` is "enforced", or "unknown" on the local stack, which cannot see them.

    `expected` are patterns of the tenants that the operator expects, separated by commas; "" is the source's own.
    `mode` is "live" or "test": that of the credentials here, for providers with a test mode.
    """

    source: str
    public_url: str
    bus: str
    spill_queue_url: str
    deliveries_table: str
    bodies_bucket: str
    signing_secret: str
    grant_key: str
    addresses: str
    expected: str = ""
    mode: str = ""

    @property
    def expects(self) -> list[str] | None:
        """The expected tenants, None for what the source's manifest says."""
        return self.expected.split(",") if self.expected else None


@dataclass(frozen=True)
class ConsumerEnvironment(Audited):
    """Every function that consumes a queue of its own."""

    queue_url: str
    dead_letter_url: str


@dataclass(frozen=True)
class AgentEnvironment(ConsumerEnvironment):
    """The agent `agent`; `connectors_arn` is the ARN of a connector's alias with {connector} in place of its name.

    `records_bucket` is set if the agent is recorded.
    """

    agent: str
    bus: str
    idempotency_table: str
    connectors_arn: str
    records_bucket: str = ""


@dataclass(frozen=True, kw_only=True)
class ManagerEnvironment(AgentEnvironment):
    """An agent with a workflow: its schedules are in `schedule_group`, and send to `queue_arn` as `clock_role_arn`."""

    bodies_bucket: str
    schedule_group: str
    queue_arn: str
    clock_role_arn: str


@dataclass(frozen=True)
class ConnectorEnvironment(Audited):
    """The connector `connector`; `sandbox` replaces the provider's address and is set on the local stack only.

    `tenant` is a JSON object with the parts of the provider's hosts that the settings give, `destinations` one of
    destinations by name: entities that agents may act on although no event names them.

    `links` is one of the links that the settings allow (context alone).

    `prices` is one of the prices of models that the settings give, by model. `records_bucket` is set if an agent that
    is recorded uses the connector.

    `recovery_seconds`, if set, is how long its circuit stays open before it is half-open.
    """

    connector: str
    grant_key: str
    ledger_table: str = ""
    budgets_table: str = ""
    timelines_table: str = ""
    breakers_table: str = ""
    recovery_seconds: str = ""
    credential: str = ""
    sandbox: str = ""
    tenant: str = ""
    destinations: str = ""
    links: str = ""
    prices: str = ""
    records_bucket: str = ""


@dataclass(frozen=True)
class ProjectorEnvironment(ConsumerEnvironment):
    """The context service, which writes the timelines."""

    timelines_table: str
    grant_key: str


@dataclass(frozen=True)
class ReviewServiceEnvironment(ConsumerEnvironment):
    """The review service. `public_url` is the base of its links; the `clock_` ARNs are its schedules' target and role.

    `deciders` are patterns of the ARNs that may decide, separated by spaces; without any, IAM alone decides.
    `announces` is set where an agent subscribes to review.opened, `local` on the local stack.
    """

    reviews_table: str
    bus: str
    grant_key: str
    link_key: str
    topic_arn: str
    schedule_group: str
    clock_arn: str
    clock_role_arn: str
    public_url: str
    deciders: str = ""
    announces: str = ""
    local: str = ""


@dataclass(frozen=True)
class ReviewLinksEnvironment(Environment):
    """The function that serves the pages of review links; it may invoke the review service and nothing else."""

    service_arn: str


@dataclass(frozen=True)
class DrainEnvironment(ConsumerEnvironment):
    """The drain, which publishes events that the bus refused at first."""

    bus: str


@dataclass(frozen=True)
class AddressesEnvironment(Audited):
    """The addresses service; `sources` are the names of the sources that publish a list, separated by commas."""

    deliveries_table: str
    sources: str


@dataclass(frozen=True)
class ReconcileEnvironment(Audited):
    """The reconcile service; `sources` are the names of those that it may reconcile, separated by commas.

    The ARNs are those of its aliases of connectors and verifiers, with {connector} in place of the provider's name.
    """

    deliveries_table: str
    sources: str
    connectors_arn: str
    verifiers_arn: str


@dataclass(frozen=True)
class SilenceEnvironment(Environment):
    """The silence service; `sources` are the names of those that it watches, separated by commas."""

    sources: str


@dataclass(frozen=True)
class RecorderEnvironment(Environment):
    """The recorder, which consumes the audit queues."""

    audit_table: str
    chains_table: str
    trees_table: str


@dataclass(frozen=True)
class CheckpointsEnvironment(Audited):
    """The checkpoints service; `signing_key` is the ARN of a KMS key."""

    audit_table: str
    chains_table: str
    checkpoints_bucket: str
    signing_key: str
