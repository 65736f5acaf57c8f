"""The operations of the claims connector."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.authority.mailboxes import digest_of
from functions.core.claims.places import Places
from functions.core.claims.rotation import Rotation
from functions.core.claims.rows import Rows
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import VOUCHED, Operation
from functions.core.manifests.tenant import split
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError, PermanentError
from functions.core.platform.platform import Platform

# The most seconds until the next try, after the first and after many: one transaction takes some milliseconds.
FIRST_WAIT, LONGEST_WAIT, MOST_DOUBLED = 0.02, 2.0, 10


MAILBOX = "person:mailbox"


class Claimer:
    """Performs the operations in the rows of the ledger."""

    def __init__(self, rotation: Rotation, places: Places) -> None:
        self._rotation = rotation
        self._places = places

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Claim an entity, or take a turn for it, in the name of the effect `key`: under the same key, the same answer.

        A place is taken or given back in the name of the argument `by`. Raises RetryableError if others take turns of
        the same rotation, or places at the same entity, for all of these `seconds`, and PermanentError if nobody is in
        the rotation.
        """
        if key is None:
            raise ConfigurationError(f"{operation.name} was called without the ledger's key")
        if operation.name.startswith("place."):
            return self._place(operation, arguments, seconds)
        of, whose = arguments["of"], claimed_entity(arguments["entity"], arguments[VOUCHED])
        if operation.name == "claim.take":
            return {"new": self._rotation.claim(whose, of, arguments["seconds"], key)}
        among = arguments["among"]
        if not among or len(set(among)) != len(among):
            raise PermanentError(f"turn.take among {among!r}: name each member once, and at least one")
        turn = self._rotation.take(whose, of, arguments["pool"], among, key, seconds)
        return {"member": turn.member, "number": turn.number, "new": turn.new}

    def _place(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Any:
        entity, of, holder, by = (arguments.get(name, "") for name in ("entity", "of", "holder", "by"))
        if operation.name == "place.give_back":
            self._places.give_back(entity, of, holder, by, seconds)
            return {}
        most, term = arguments["most"], arguments["seconds"]
        place = self._places.take(entity, of, holder, by, most, term, seconds)
        return {"taken": place.taken, "held": place.held}


def claimed_entity(entity: str, vouched: Sequence[str]) -> str:
    """What is claimed: the person's mailbox if the entity is one, or if a provider has one for it. Pure."""
    kind, _, mailbox = split(entity)[0].partition("/")
    digest = digest_of(mailbox) if kind == MAILBOX else next(iter(vouched), "")
    return f"{MAILBOX} {digest}" if digest else entity


def performer(manifest: ConnectorManifest, platform: Platform) -> Claimer:
    """The claimer of the deployed ledger."""
    table = ConnectorEnvironment.read(platform.environ).ledger_table

    def wait(tries: int) -> None:
        platform.sleep(platform.random() * min(FIRST_WAIT * 2 ** min(tries - 1, MOST_DOUBLED), LONGEST_WAIT))

    rows = Rows(platform.client("dynamodb"), table, platform.clock, platform.monotonic, wait)
    return Claimer(Rotation(rows), Places(rows))
