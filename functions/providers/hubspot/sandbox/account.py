"""The sandbox's one portal: contacts, owners, tasks, what people chose, and what took place."""

import time
from dataclasses import dataclass
from typing import Any

from functions.api.sandbox import Provider

Object = dict[str, Any]  # as the API's JSON has it

PORTAL = 33
CONTACT = "1001"  # what the portal has from the start
OWNERS = ("mia", "noah", "nadia", "lea", "sam", "ana", "joe", "yuki", "ravi")  # at example.com
WINDOW = 10  # seconds of the limit of requests


@dataclass
class Settings:
    """How the portal behaves; a control request changes it.

    `requests_per_window` is the limit in ten seconds, `half_failures` how many batches fail in part with a 207.
    """

    requests_per_window: int = 190
    half_failures: int = 0


class Account(Provider):
    """The records by their ids, the oldest first."""

    settings: Settings
    number = 5000

    def clear(self) -> None:
        """Delete everything but the contact and the owners that the portal has from the start. Ids continue."""
        self.settings = Settings()
        self.contacts: dict[str, Object] = {}
        self.tasks: dict[str, Object] = {}
        self.unsubscribed: set[str] = set()  # addresses
        self.requests: list[float] = []  # when
        self.sent: list[Object] = []
        self.owners = [
            {"id": str(100 + number), "email": f"{name}@example.com", "firstName": name.title(), "archived": False}
            for number, name in enumerate(OWNERS)
        ]
        self.put_contact({"email": "ada@example.com", "firstname": "Ada"}, CONTACT)

    def state(self) -> Object:
        return {
            "contacts": list(self.contacts.values()),
            "tasks": list(self.tasks.values()),
            "owners": self.owners,
            "unsubscribed": sorted(self.unsubscribed),
            "sent": self.sent,
        }

    def new_id(self) -> str:
        """An id that was not used before."""
        self.number += 1
        return str(self.number)

    def put_contact(self, properties: Object, id: str = "", at: float = 0) -> Object:
        """Store a contact; its webhook's event is in `sent`, whether it is delivered or withheld."""
        made = self._put(self.contacts, properties, id, at)
        number = len(self.sent)
        event = {"eventId": 700_000 + number, "subscriptionId": 1160452, "portalId": PORTAL, "appId": 94}
        told = {"subscriptionType": "contact.creation", "attemptNumber": 0, "objectId": int(made["id"])}
        moment = int((at or self.now()) * 1000)
        self.sent.append({**event, "occurredAt": moment, **told, "changeFlag": "NEW", "changeSource": "CRM"})
        return made

    def put_task(self, properties: Object) -> Object:
        """Store a task."""
        return self._put(self.tasks, properties, "", 0)

    def contact_of(self, email: str) -> Object | None:
        """The contact with that main or secondary address, None without any."""
        for one in self.contacts.values():
            held = one["properties"]
            if email.lower() in (held.get("email"), *held.get("hs_additional_emails", "").split(";")):
                return one
        return None

    def _put(self, held: dict[str, Object], properties: Object, id: str, at: float) -> Object:
        id, text = id or self.new_id(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at or self.now()))
        held[id] = {"id": id, "properties": properties, "createdAt": text, "updatedAt": text, "archived": False}
        return held[id]
