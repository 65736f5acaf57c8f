"""The deliveries of the App's webhook: what control requests cause, and the API that lists and repeats them.

https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks. The sandbox sends nothing
itself: a control request is answered with the deliveries to send.
"""

import uuid
from typing import Any

from functions.providers.github.sandbox import objects
from functions.providers.github.sandbox.account import NAMES, Account, Repo
from functions.providers.github.sandbox.errors import GitHubError
from functions.providers.github.sandbox.objects import Object

_GUIDS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
WORDS = {200: "OK", 202: "Accepted", 502: "Bad Gateway", 504: "Timed out"}


def deliver(account: Account, repo: Repo, pull: Object, action: str, lost: bool, **more: Any) -> Object:
    """A delivery of `pull_request`, to be sent; one that is `lost` failed."""
    id = account.new_id()
    payload = {
        "action": action,
        "number": pull["number"],
        "pull_request": account.written(repo, pull),
        "repository": objects.repository(repo.id, NAMES[repo.id]),
        "installation": {"id": objects.INSTALLATION, "node_id": "I_sandbox"},
        "sender": objects.user(pull["author"]),
        **more,
    }
    account.deliveries[id] = {
        "id": id,
        # With the time: ids begin anew with the process, and a verifier remembers for days.
        "guid": str(uuid.uuid5(_GUIDS, f"{id} {account.now()}")),
        "at": account.now(),
        "redelivery": False,
        "status_code": 502 if lost else 200,
        "event": "pull_request",
        "action": action,
        "repository": repo.id,
        "payload": payload,
        "to_send": not lost,
    }
    return account.deliveries[id]


def to_send(delivery: Object) -> Object:
    """The delivery as it is sent: its body, and the headers beside the signature."""
    headers = {
        "x-github-event": delivery["event"],
        "x-github-delivery": delivery["guid"],
        "x-github-hook-installation-target-type": "integration",
        "user-agent": "GitHub-Hookshot/sandbox",
    }
    return {"id": delivery["id"], "headers": headers, "payload": delivery["payload"]}


def listed(account: Account, status: str | None) -> list[Object]:
    """The deliveries, the latest first; of the status "success" or "failure" only, if one is given."""
    found = [one for one in account.deliveries.values() if status in (None, _status(one))]
    return [written(one) for one in reversed(found)]


def written(delivery: Object) -> Object:
    """A delivery as the list has it."""
    code = delivery["status_code"]
    return {
        "id": delivery["id"],
        "guid": delivery["guid"],
        "delivered_at": objects.moment(delivery["at"]),
        "redelivery": delivery["redelivery"],
        "duration": 0.1,
        "status": WORDS.get(code, "Invalid HTTP Response"),
        "status_code": code,
        "event": delivery["event"],
        "action": delivery["action"],
        "installation_id": objects.INSTALLATION,
        "repository_id": delivery["repository"],
        "throttled_at": None,
    }


def redeliver(account: Account, id: int) -> None:
    """Deliver again, under the same guid. Raises GitHubError for an unknown delivery."""
    if id not in account.deliveries:
        raise GitHubError(404, "Not Found")
    again = account.new_id()
    more = {"id": again, "redelivery": True, "at": account.now(), "status_code": 200, "to_send": True}
    account.deliveries[again] = {**account.deliveries[id], **more}
    account.record("delivery.redeliver", id)


def _status(delivery: Object) -> str:
    return "success" if 200 <= delivery["status_code"] < 400 else "failure"
