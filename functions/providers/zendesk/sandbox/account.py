"""The sandbox's one Zendesk account: users, tickets, comments and audits, and what took place."""

import time
from dataclasses import dataclass
from typing import Any

from functions.api.sandbox import Provider

Object = dict[str, Any]  # as the API's JSON has it

AGENT, CUSTOMER, TICKET = 9000000000001, 9000000000002, 35001  # what the account has from the start
GROUP = 9000000000100
SUBDOMAIN, ACCOUNT = "hookline-sandbox", 22129848


@dataclass
class Settings:
    """How the account behaves; a control request changes it.

    `updates_per_minute` is the account's limit, `conflicts` how many updates meet another one that comes first,
    `trigger` whether deliveries are those of the shipped triggers instead of event subscriptions.
    """

    updates_per_minute: int = 100
    conflicts: int = 0
    trigger: bool = False


class Account(Provider):
    """The records by their ids, the oldest first."""

    settings: Settings
    number = 9000000001000

    def clear(self) -> None:
        """Delete everything but the ticket that the account has from the start. Ids continue."""
        self.settings = Settings()
        self.users: dict[int, Object] = {}
        self.identities: dict[int, list[Object]] = {}
        self.tickets: dict[int, Object] = {}
        self.comments: dict[int, list[Object]] = {}
        self.audits: dict[int, list[Object]] = {}
        self.updates: list[float] = []  # when
        self.waiting: list[Object] = []  # deliveries that nobody asked for yet
        self.last_ticket = TICKET - 1
        self.put_user(AGENT, "Hookline", "hookline@sandbox.example.com", True, "agent")
        self.put_user(CUSTOMER, "Ada", "ada@example.com", True)
        self.open(CUSTOMER, "Charged twice", "My card was charged twice for one order.", channel="web")

    def state(self) -> Object:
        return {
            "tickets": list(self.tickets.values()),
            "users": list(self.users.values()),
            "comments": [one for listed in self.comments.values() for one in listed],
            "audits": [one for listed in self.audits.values() for one in listed],
        }

    def new_id(self) -> int:
        """An id that was not used before."""
        self.number += 1
        return self.number

    def moment(self, at: float | None = None) -> str:
        """A time as Zendesk writes it: whole seconds, so that two changes in one second look alike."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now() if at is None else at))

    def put_user(self, id: int, name: str, email: str, verified: bool, role: str = "end-user") -> Object:
        """Store a user with one address."""
        self.users[id] = {
            "id": id, "name": name, "email": email, "role": role, "locale": "en-US", "time_zone": "UTC",
            "verified": verified, "suspended": False, "external_id": None, "active": True,
        }  # fmt: skip
        address = {"id": id + 1, "user_id": id, "type": "email", "value": email, "verified": verified, "primary": True}
        self.identities[id] = [address]
        return self.users[id]

    def user_of(self, email: str, name: str, verified: bool, own: int = 0) -> int:
        """The customer with that address, new if there is none; `own` is the new one's id."""
        found = next((id for id, user in self.users.items() if user["email"] == email), None)
        if found is None:
            found = own or self.new_id()
            self.put_user(found, name, email, verified)
        return found

    def open(
        self, requester: int, subject: str, text: str, channel: str, tags: list[str] | None = None, own: int = 0
    ) -> Object:
        """Open a ticket, with its first comment; `own` is its id."""
        self.last_ticket += 0 if own else 1
        id, at = own or self.last_ticket, self.moment()
        self.tickets[id] = {
            "id": id, "subject": subject, "description": text, "status": "new", "priority": None, "type": None,
            "tags": sorted(tags or []), "requester_id": requester, "submitter_id": requester, "assignee_id": None,
            "group_id": GROUP, "organization_id": None, "via": {"channel": channel}, "is_public": True,
            "created_at": at, "updated_at": at, "generated_timestamp": int(self.now()),
        }  # fmt: skip
        self.comments[id], self.audits[id] = [], []
        self.comment(id, requester, text, public=True, channel=channel)
        return self.tickets[id]

    def comment(
        self,
        ticket: int,
        author: int,
        text: str | None,
        *,
        public: bool,
        channel: str,
        trusted: bool = True,
        custom: Object | None = None,
    ) -> Object | None:
        """Add an audit to the ticket, and a comment if there is a text, which is the answer."""
        audit, at = self.new_id(), self.moment()
        metadata = {"system": {}, "custom": custom or {}, **({} if trusted else {"trusted": False, "flags": [15]})}
        new = not self.audits[ticket]
        events: list[Object] = [{"id": self.new_id(), "type": "Create" if new else "Change"}]
        self.audits[ticket].append({
            "id": audit, "ticket_id": ticket, "author_id": author, "created_at": at, "timestamp": int(self.now()),
            "via": {"channel": channel}, "metadata": metadata, "events": events,
        })  # fmt: skip
        record = self.tickets[ticket]
        record |= {"updated_at": at, "generated_timestamp": int(self.now())}
        if text is None:
            return None
        made = {
            "id": self.new_id(), "type": "Comment", "audit_id": audit, "author_id": author, "body": text,
            "plain_body": text, "html_body": f"<div>{text}</div>", "public": public, "attachments": [],
            "via": {"channel": channel}, "created_at": at, "metadata": metadata,
        }  # fmt: skip
        self.comments[ticket].append(made)
        events.append(made)
        return made
