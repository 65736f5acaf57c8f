"""The sandbox's one Intercom workspace: contacts, conversations, their parts and tags, and what took place."""

from dataclasses import dataclass
from typing import Any

from functions.api.sandbox import Provider

Object = dict[str, Any]  # as the API's JSON has it

WORKSPACE = "sandbox1"
ADMIN, TEAMMATE, TEAM = "900001", "900002", "900003"  # whom the token belongs to, another one, and a team
CONTACT, CONVERSATION = "6650a1b2c3d4e5f601020304", "215400001"  # what the workspace has from the start
MOST_PARTS = 500


@dataclass
class Settings:
    """How the workspace behaves; a control request changes it.

    `email_replies` is the workspace's setting that what the API replies to an e-mail conversation is sent.
    `requests_per_window` is the limit of 10 seconds.
    """

    email_replies: bool = False
    requests_per_window: int = 1666


class Account(Provider):
    """The records by their ids, the oldest first."""

    settings: Settings
    number = 215400001

    def clear(self) -> None:
        """Delete everything but the conversation that the workspace has from the start. Ids continue."""
        self.settings = Settings()
        self.contacts: dict[str, Object] = {}
        self.conversations: dict[str, Object] = {}
        self.parts: dict[str, list[Object]] = {}
        self.tags: dict[str, str] = {}  # ids by names in small letters
        self.waiting: list[Object] = []  # deliveries that nobody asked for yet
        self.window: tuple[int, int] = (0, 0)  # of 10 seconds, and how many requests were in it
        self.put_contact(CONTACT, "Ada", "ada@example.com")
        self.open(CONVERSATION, CONTACT, "conversation", None, "<p>I can't log in since yesterday.</p>")

    def state(self) -> Object:
        return {
            "contacts": list(self.contacts.values()),
            "conversations": list(self.conversations.values()),
            "parts": [{**one, "conversation": id} for id, listed in self.parts.items() for one in listed],
            "tags": self.tags,
        }

    def new_id(self) -> str:
        """An id that was not used before."""
        self.number += 1
        return str(self.number)

    def put_contact(self, id: str, name: str, email: str) -> Object:
        """Store a contact."""
        self.contacts[id] = {
            "type": "contact", "id": id, "workspace_id": WORKSPACE, "external_id": None, "role": "user",
            "email": email, "phone": None, "name": name, "owner_id": None, "has_hard_bounced": False,
            "marked_email_as_spam": False, "unsubscribed_from_emails": False, "created_at": int(self.now()),
            "updated_at": int(self.now()), "language_override": None, "browser_language": "en", "custom_attributes": {},
            "location": {"type": "location", "country": "Germany"},
        }  # fmt: skip
        return self.contacts[id]

    def contact_of(self, email: str, name: str, own: str = "") -> str:
        """The contact with that address, new if there is none; `own` is the new one's id."""
        found = next((id for id, contact in self.contacts.items() if contact["email"] == email), None)
        return found or str(self.put_contact(own or f"6650{int(self.new_id()):020x}", name, email)["id"])

    def open(self, id: str, contact: str, channel: str, subject: str | None, body: str) -> Object:
        """Begin a conversation of a contact; `body` is HTML."""
        at, person = int(self.now()), self.contacts[contact]
        self.parts[id] = []
        self.conversations[id] = {
            "type": "conversation", "id": id, "title": None, "created_at": at, "updated_at": at, "waiting_since": at,
            "snoozed_until": None, "open": True, "state": "open", "read": False, "priority": "not_priority",
            "admin_assignee_id": None, "team_assignee_id": None, "ai_agent_participated": False,
            "tags": {"type": "tag.list", "tags": []}, "custom_attributes": {},
            "contacts": {"type": "contact.list", "contacts": [
                {"type": "contact", "id": contact, "external_id": person["external_id"]}
            ]},
            "source": {
                "type": channel, "id": f"{id}0", "delivered_as": "customer_initiated", "subject": subject or "",
                "body": body, "author": person_of(person), "attachments": [], "url": None, "redacted": False,
            },
        }  # fmt: skip
        return self.conversations[id]

    def part(
        self, id: str, kind: str, author: Object, body: str | None, *, notified: bool, by_api: bool = False
    ) -> Object:
        """Add a part to a conversation; `body` is HTML."""
        at, conversation = int(self.now()), self.conversations[id]
        sent_as_email = notified and kind == "comment" and conversation["source"]["type"] == "email"
        made: Object = {
            "type": "conversation_part", "id": self.new_id(), "part_type": kind, "body": body, "created_at": at,
            "updated_at": at, "notified_at": at if notified else None, "assigned_to": None, "author": author,
            "attachments": [], "external_id": None, "redacted": False,
            "app_package_code": "hookline-sandbox" if by_api else None,
            "email_message_metadata": {"subject": "Re:", "email_address_headers": []} if sent_as_email else None,
        }  # fmt: skip
        self.parts[id].append(made)
        conversation["updated_at"] = at
        return made


def person_of(contact: Object) -> Object:
    """A contact as the author of a message."""
    return {"type": contact["role"], "id": contact["id"], "name": contact["name"], "email": contact["email"]}


def admin_of(id: str, kind: str = "admin") -> Object:
    """A teammate as the author of a message."""
    return {"type": kind, "id": id, "name": f"Teammate {id}", "email": f"{id}@sandbox.example.com"}
