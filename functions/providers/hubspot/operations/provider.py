"""Performs HubSpot's operations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.api.performer import (
    ConnectorManifest,
    Operation,
    PermanentError,
    Platform,
    Provider,
    Refused,
    addresses,
    provider,
)
from functions.providers.hubspot.operations import contacts, created, requests

PORTAL = "X-Portal-Id"  # the manifest's tenant_header; it is compared and not sent
Ask = Callable[..., Any]


def performer(manifest: ConnectorManifest, platform: Platform) -> Provider:
    """The performer of the deployed connector."""
    return provider(manifest, platform, HubSpot)


class HubSpot(Provider):
    """HubSpot's API. The token acts on its own portal, whatever an event says: another portal's event is refused."""

    _portal: str = ""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation`; raises what `Provider.call` raises, and PermanentError for another portal's event."""
        ends = self._clock() + seconds

        def ask(request: Operation, **given: Any) -> Any:
            return super(HubSpot, self).call(request, given, None, ends - self._clock())

        tenant = operation.headers.get(PORTAL) or arguments.get("portal")
        if tenant:
            self._require_own(str(tenant), ask)
        match operation.name:
            case "contact.find":
                found = _by_address(arguments["email"], operation, ask)
                return {"found": found is not None, "contact": found}
            case "contact.read":
                return _by_id(arguments["contact"], operation, ask)
            case "contact.upsert":
                return _upsert(arguments, ask)
            case "person.assign" | "contact.assign":
                return _assign(_id(arguments, ask), arguments["owner"], ask)
            case "task.create" | "contact_task.create":
                return _task(arguments, str(key), ask)
            case "owners.list":
                return ask(requests.OWNERS)
            case "contact.list":
                return created.listed(arguments, self._own(ask), ask)
            case "consent.read":
                return _choices(addresses(arguments["email"]), ask)
        headers = {name: value for name, value in operation.headers.items() if name != PORTAL}
        return super().call(replace(operation, headers=headers), arguments, key, ends - self._clock())

    def _require_own(self, tenant: str, ask: Ask) -> None:
        """Raise PermanentError unless the token's portal is `tenant`; it is asked for once."""
        if self._own(ask) != tenant:
            raise PermanentError(f"the event is of portal {tenant}, and the token of another one")

    def _own(self, ask: Ask) -> str:
        self._portal = self._portal or str(ask(requests.ACCOUNT)["portalId"])
        return self._portal


def _by_address(email: str, operation: Operation, ask: Ask) -> dict[str, Any] | None:
    """The contact with that address, None without any."""
    asked = replace(requests.BY_ADDRESS, sends={**_properties(operation), "idProperty": "email"})
    try:
        return contacts.described(ask(asked, email=email), _names(operation))
    except Refused as error:
        if error.status == 404:
            return None
        raise


def _by_id(id: str, operation: Operation, ask: Ask) -> dict[str, Any]:
    found = contacts.described(ask(replace(requests.BY_ID, sends=_properties(operation)), id=id), _names(operation))
    return {**found, "mailboxes": contacts.mailboxes(found["properties"])}


def _upsert(arguments: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Fill the contact of the address, or create it.

    A contact that HubSpot knows is changed by its id: it is also found by a secondary address, which would replace the
    main one. A new one is upserted with its address, without which HubSpot takes none.
    """
    email, said, owner = arguments["email"], arguments.get("said", {}), arguments.get("owner")
    names = ["hubspot_owner_id", *said]
    asked = replace(requests.BY_ADDRESS, sends={"properties": ",".join(names), "idProperty": "email"})
    try:
        held = contacts.described(ask(asked, email=email), names)
    except Refused as error:
        if error.status != 404:
            raise
        new = {"email": email, **contacts.filled(said, owner, {})}
        one = {"id": email, "idProperty": "email", "properties": new}
        made = contacts.upserted(ask(requests.UPSERT, inputs=[one]))
        return {"id": made["id"], "new": made.get("new") is True, "wrote": sorted(new)}
    written = contacts.filled(said, owner, held["properties"])
    if written:
        ask(requests.UPDATE, id=held["id"], properties=written)
    return {"id": held["id"], "new": False, "wrote": sorted(written)}


def _id(arguments: Mapping[str, Any], ask: Ask) -> str:
    """The id of the contact that the arguments name, by its address or by itself."""
    if "contact" in arguments:
        return str(arguments["contact"])
    found = ask(replace(requests.BY_ADDRESS, sends={"idProperty": "email"}), email=arguments["email"])
    return str(found["id"])


def _assign(contact: str, owner: str, ask: Ask) -> dict[str, Any]:
    answer = ask(requests.UPDATE, id=contact, properties={"hubspot_owner_id": owner})
    return contacts.described(answer, ["hubspot_owner_id"])


def _task(arguments: Mapping[str, Any], key: str, ask: Ask) -> dict[str, Any]:
    """One task for a key, on the contact's timeline. Each of its requests can be repeated."""
    contact = _id(arguments, ask)
    made = contacts.upserted(ask(requests.TASK_UPSERT, inputs=[contacts.task(arguments, key)]))
    ask(requests.ASSOCIATE, task=made["id"], id=contact)
    return {"id": made["id"], "contact": contact, "new": made.get("new") is True}


def _choices(emails: Sequence[str], ask: Ask) -> dict[str, Any]:
    """What the person chose under each of their addresses."""
    found = [contacts.choices(ask(requests.STATUS, email=one), ask(requests.FROM_ALL, email=one)) for one in emails]
    return {
        "unsubscribed_from_all": any(one["unsubscribed_from_all"] for one in found),
        "subscriptions": [choice for one in found for choice in one["subscriptions"]],
    }


def _properties(operation: Operation) -> dict[str, Any]:
    return {"properties": operation.sends["properties"]}


def _names(operation: Operation) -> list[str]:
    return str(operation.sends["properties"]).split(",")
