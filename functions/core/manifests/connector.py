"""A connector's manifest: the provider's hosts, the credential, and the operations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.core.manifests.arguments import Json
from functions.core.manifests.aws_access import AwsAccess, TableAccess
from functions.core.manifests.checks import placeholders, require, require_list, require_name, require_text
from functions.core.manifests.credentials import CREDENTIALS, AwsRole, Credential, GitHubApp, require_permissions
from functions.core.manifests.listing import Listing
from functions.core.manifests.models import Models, Price
from functions.core.manifests.operation import Operation, ReadBack, State
from functions.core.manifests.rate_limit import RateLimit
from functions.core.manifests.request import Request
from functions.core.manifests.timeouts import require_seconds, timeout

_HOST = re.compile(r"([a-z0-9-]+|{[a-z][a-z0-9_]*})(\.([a-z0-9-]+|{[a-z][a-z0-9_]*}))+|{[a-z][a-z0-9_]*}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Attributes of an agent's `tools` that are not connectors.
RESERVED = ("budget", "model", "perform", "propose", "waited")
LONGEST_ARGUMENTS = 100_000  # characters, of a call without documents


@dataclass(frozen=True)
class Verdict:
    """How a provider reports the outcome of a call in the body of a 200.

    The field `ok` is true if the call succeeded; otherwise the field `error` has an error code of its API. The codes in
    `busy` mean that it did nothing and a retry can succeed, those in `unknown` that it may have acted; any other is a
    refusal.
    """

    ok: str
    error: str
    busy: Sequence[str] = ()
    unknown: Sequence[str] = ()

    def __post_init__(self) -> None:
        require_text("verdict ok", self.ok)
        require_text("verdict error", self.error)
        lists = [require_list(f"verdict {name}", getattr(self, name), str) for name in ("busy", "unknown")]
        both = sorted(set(self.busy) & set(self.unknown)) if all(lists) else []
        require(not both, f"verdict: {', '.join(both)} cannot be both busy and unknown")


@dataclass(frozen=True)
class TenantHeader:
    """The header by which a call acts on the account of the tenant that the grant names, such as "Stripe-Account".

    `own` is the tenant that the credential itself belongs to, as the provider's source names it.
    """

    name: str
    own: str = ""

    def __post_init__(self) -> None:
        good = isinstance(self.name, str) and _HEADER.fullmatch(self.name)
        require(good, f"tenant header {self.name!r}: a header's name like 'Stripe-Account'")


@dataclass(frozen=True)
class ConnectorManifest:
    """One provider that agents act on. `name` is the folder's name.

    `hosts` are the only hosts that it may call; without any, it calls nothing outside AWS. `base` is the root of the
    provider's API. Both can contain what is in the operator's settings: a label of a host ("{subdomain}.zendesk.com"),
    a whole host ("{host}"), or a path ("https://{host}/{path}/").
    `credential` is what it presents. `replayed` is the header with which the provider marks an answer that it stored
    for an idempotency key; `verdict` is for a provider that reports the outcome of a call in the body and not in the
    status, and `rate_limit` for one that refuses for a while with a status that can also be a refusal for good.
    `tenant_header` is how it acts for the tenant of a delivery; without it, what a grant names of a tenant is
    denied. `tables` and `aws` are what its role allows in AWS. `models` are the models that its operations with a
    `model` call, and `prices` what those cost. `seconds` is the time limit of a call of the provider. `listings`
    are what the reconcile service may read; no agent can use them.
    """

    name: str
    owner: str
    operations: Sequence[Operation]
    hosts: Sequence[str] = ()
    base: str = ""
    credential: Credential | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: str = ""
    verdict: Verdict | None = None
    rate_limit: RateLimit | None = None
    tenant_header: TenantHeader | None = None
    tables: Sequence[TableAccess] = ()
    aws: Sequence[AwsAccess] = ()
    models: Sequence[Models] = ()
    prices: Sequence[Price] = ()
    seconds: int = 20
    listings: Sequence[Listing] = ()

    def __post_init__(self) -> None:
        what = f"connector {self.name!r}"
        require_name("connector", self.name)
        require(self.name not in RESERVED, f"{what}: tools.{self.name} is something else already: choose another name")
        require_text(f"{what} owner", self.owner)
        operations = require_list(f"{what} operations", self.operations, Operation)
        if operations:
            self._require_operations(what)
            self._require_models(what)
        if require_list(f"{what} listings", self.listings, Listing) and operations:
            self._require_listings(what)
        require_list(f"{what} tables", self.tables, TableAccess)
        require_list(f"{what} aws", self.aws, AwsAccess)
        if require_list(f"{what} hosts", self.hosts, str):
            for host in self.hosts:
                require(_HOST.fullmatch(host), f"{what} host {host!r}: a bare host name")
            require(isinstance(self.base, str), f"{what} base {self.base!r}: a text")
            allowed = not self.base or any(str(self.base).startswith(f"https://{host}/") for host in self.hosts)
            require(
                allowed or not isinstance(self.base, str), f"{what} base {self.base!r} is not https on one of its hosts"
            )
        known = self.credential is None or isinstance(self.credential, CREDENTIALS)
        require(known, f"{what} credential {self.credential!r}: {', '.join(kind.__name__ for kind in CREDENTIALS)}")
        header = self.tenant_header is None or isinstance(self.tenant_header, TenantHeader)
        require(header, f"{what} tenant_header {self.tenant_header!r}: write a TenantHeader(…)")
        limit = self.rate_limit is None or isinstance(self.rate_limit, RateLimit)
        require(limit, f"{what} rate_limit {self.rate_limit!r}: write a RateLimit(…)")
        require_seconds(what, self.seconds)

    def _require_operations(self, what: str) -> None:
        require(self.operations or self.listings, f"{what} has no operations")
        names = [str(operation.name) for operation in self.operations]
        require(len(names) == len(set(names)), f"{what} declares twice one of {', '.join(names)}")
        for operation in self.operations:
            is_listing = isinstance(operation, Listing)
            require(not is_listing, f"{what} operations {operation.name!r}: a Listing(…) belongs into `listings`")
            is_request = isinstance(operation, Request)
            require(not is_request, f"{what} operations {operation.name!r}: a Request(…) is the performer's alone")
            require_permissions(f"operation {operation.name!r}", operation, self.credential)
            if isinstance(operation.entity, str):  # reported as that operation's, if it is not
                self._require_reads(operation)
                self._require_repository(operation)

    def _require_listings(self, what: str) -> None:
        names = [str(one.name) for one in (*self.operations, *self.listings)]
        require(len(names) == len(set(names)), f"{what} declares twice one of {', '.join(names)}")
        require(not self.listings or self.hosts, f"{what} has listings and no host to read them from")
        for one in self.listings:
            as_app = one.as_app or not isinstance(self.credential, GitHubApp)
            require(as_app, f"{what} listing {one.name!r}: a GitHub App's token is of one repository; list as_app")

    def _require_models(self, what: str) -> None:
        listed = require_list(f"{what} models", self.models, Models)
        if require_list(f"{what} prices", self.prices, Price):
            priced = [str(model) for price in self.prices for model in price.models]
            require(len(priced) == len(set(priced)), f"{what} has two prices for one of {', '.join(priced)}")
        if listed:
            calls_models = any(operation.model for operation in self.operations)
            require(bool(self.models) == calls_models, f"{what}: models go with an operation that has a `model`")

    def _require_reads(self, operation: Operation) -> None:
        """What an operation looks up must be a read of this connector that needs only the operation's own arguments."""
        for looked_up in (operation.read_back, operation.state):
            if looked_up is None:
                continue
            kind = "ReadBack(…)" if looked_up is operation.read_back else "State(…)"
            if not isinstance(looked_up, ReadBack | State):
                require(False, f"operation {operation.name!r} looks up {looked_up!r}: write a {kind}")
                continue
            read = self.operation(looked_up.operation)
            named = f"operation {operation.name!r} looks up {looked_up.operation!r}"
            if not require(read and read.kind == "read", f"{named}, which is not a read of connector {self.name!r}"):
                continue
            known = read and set(read.parameters) <= {*operation.parameters, *operation.needs}
            require(known, f"{named}, which needs arguments that it does not have")

    def _require_repository(self, operation: Operation) -> None:
        app = self.credential
        if isinstance(app, GitHubApp) and not operation.as_app:
            named = set(app.parameters) <= set(operation.parameters)
            parts = " and ".join(f"{{{name}}}" for name in app.parameters)
            require(named, f"operation {operation.name!r}: its entity names no {parts}")

    @property
    def tenant(self) -> tuple[str, ...]:
        """The parts of its hosts that are in the operator's settings."""
        return tuple(dict.fromkeys(name for host in (*self.hosts, self.base) for name in placeholders(host)))

    @property
    def has_effects(self) -> bool:
        """Whether any of its operations is an effect, which needs a ledger."""
        return any(operation.kind == "effect" for operation in self.operations)

    @property
    def has_budgets(self) -> bool:
        """Whether any of its operations is charged to a budget."""
        return self.has_effects or any(operation.metered for operation in self.operations)

    @property
    def is_guarded(self) -> bool:
        """Whether its calls leave Hookline, so that circuit breakers guard them."""
        return bool(self.hosts) or isinstance(self.credential, AwsRole)

    @property
    def longest_arguments(self) -> int:
        """The most characters of a call's arguments, as JSON."""
        documents = (kind.longest for one in self.operations for kind in one.takes.values() if isinstance(kind, Json))
        return LONGEST_ARGUMENTS + sum(documents)

    def access(self, model: str) -> list[AwsAccess] | None:
        """What its role allows for a model that an agent declares; None if the id is none of its models'."""
        return next((found for one in self.models if (found := one.access(model)) is not None), None)

    def price(self, model: str) -> Price | None:
        """The price of a model, None if it is unknown."""
        return next((price for price in self.prices if model in price.models), None)

    @property
    def identity(self) -> str:
        """The name on its audit trail."""
        return f"connector.{self.name}"

    @property
    def timeout(self) -> int:
        """Lambda's timeout in seconds: the provider's and a margin."""
        return timeout(self.seconds)

    def read(self, looked_up: ReadBack | State) -> Operation:
        """The read that looks it up."""
        return next(operation for operation in self.operations if operation.name == looked_up.operation)

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, None if it is not declared."""
        return next((operation for operation in self.operations if operation.name == name), None)

    def listing(self, name: str) -> Listing | None:
        """The listing of that name, None if it is not declared."""
        return next((listing for listing in self.listings if listing.name == name), None)
