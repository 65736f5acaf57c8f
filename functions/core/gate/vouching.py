"""Vouchers in the gate: what a read confirms, what a link extends a grant by, and what the caller presents of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from functions.core.audit.records import Audit
from functions.core.authority import vouchers
from functions.core.authority.grants import Grant
from functions.core.authority.mailboxes import digest_of
from functions.core.authority.vouchers import Confirmation, Extension, Followed, Holder, Naming
from functions.core.gate.call import Call, Facts, Passed
from functions.core.gate.effects import Performer
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Confirms
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.paths import at
from functions.core.platform.times import Clock

CONTEXT = "context"  # the one connector that extends grants
MOST_ADDRESSES = 10  # of one entity


@runtime_checkable
class Follower(Protocol):
    """A performer that follows links."""

    def follow(self, entity: str, confirmed: Confirmation | None) -> Followed:
        """What the link of `entity` leads to."""
        ...


class Voucher:
    """Mints and checks the vouchers of the connector of `manifest`, with the first of `keys` and with any of them."""

    def __init__(
        self,
        manifest: ConnectorManifest,
        performer: Performer,
        keys: Callable[[], Sequence[str]],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._performer = performer
        self._keys = keys
        self._audit = audit
        self._clock = clock

    def extension(self, request: Request, agent: AgentManifest, grant: Grant) -> Extension | None:
        """The extension of the grant that the caller presents, None without a valid one."""
        if not request.vouchers:
            return None
        holder = Holder.of(agent.name, grant)
        return vouchers.extension(request.vouchers, holder, self._keys(), self._clock())

    def confirming(self, call: Call, answer: Any) -> str:
        """The voucher for the addresses that the answer of a read confirms, "" if the read confirms none."""
        if call.operation.confirms is None:
            return ""
        confirms = call.operation.confirms
        kind = Confirmation if confirms.proven else Naming
        return self._mint(kind(call.entity, confirmed_in(confirms, answer)), call)

    def addresses(self, call: Call) -> Sequence[str]:
        """The digests of the addresses that a provider has for the call's entity, by what the caller presents."""
        holder, held = Holder.of(call.agent.name, call.grant), call.request.vouchers
        found = vouchers.naming(held, call.entity, holder, self._keys(), self._clock()) if held else None
        return found.addresses if found else ()

    def followed(self, call: Call, facts: Facts) -> Passed:
        """Follow the link of the call's entity; what it leads to, or why it leads nowhere, is on record.

        Raises ConfigurationError in any connector but that of the context.
        """
        if self._manifest.name != CONTEXT or not isinstance(self._performer, Follower):
            raise ConfigurationError(f"connector {self._manifest.name} cannot extend a grant: the context alone does")
        holder = Holder.of(call.agent.name, call.grant)
        held = call.request.vouchers
        confirmed = vouchers.confirmation(held, call.entity, holder, self._keys(), self._clock()) if held else None
        found = self._performer.follow(call.entity, confirmed)
        result = shown(found)
        if found.extension is None:
            self._audit.record("unlinked", decision="deny", reason=found.why, **facts.record(digest(result)))
            return Passed(result)
        beyond = f"{len(found.extension.entities)} entities, for {', '.join(found.extension.operations)}"
        reason = f"{found.why}: {beyond}"
        self._audit.record("extended", decision="permit", reason=reason, **facts.record(digest(result)))
        return Passed(result, voucher=self._mint(found.extension, call))

    def _mint(self, voucher: Confirmation | Naming | Extension, call: Call) -> str:
        holder = Holder.of(call.agent.name, call.grant)
        return vouchers.mint(voucher, holder, self._keys()[0], self._clock())


def shown(found: Followed) -> Mapping[str, Any]:
    """What the agent gets of a link."""
    extension = found.extension
    entities = list(extension.entities) if extension else []
    return {"linked": entities[0] if entities else None, "with": entities[1:], "why": found.why}


def confirmed_in(confirms: Confirms, answer: Any) -> tuple[str, ...]:
    """The digests of the addresses that an answer confirms; what is not as declared confirms nothing. Pure."""
    items = at(answer, confirms.items)
    found: dict[str, None] = {}
    for item in items if isinstance(items, list) else []:
        # A value is compared with its type: 1 is not true.
        same = all(_is(at(item, path), value) for path, value in confirms.where.items())
        address = digest_of(at(item, confirms.address)) if same else ""
        if address:
            found[address] = None
    return tuple(found)[:MOST_ADDRESSES]


def _is(value: Any, wanted: Any) -> bool:
    return type(value) is type(wanted) and bool(value == wanted)
