"""The webhooks that the workspace would send (https://developers.intercom.com/docs/webhooks/webhook-notifications).

The sandbox sends nothing itself: a control request is answered with the deliveries to send, and what the API's own
requests cause is waiting.
"""

from functions.providers.intercom.sandbox.account import WORKSPACE, Account, Object


def delivery(account: Account, topic: str, id: str, part: Object | None = None) -> Object:
    """The delivery of a topic about a conversation, with the part that caused it."""
    parts = [part] if part else []
    listed = {"type": "conversation_part.list", "conversation_parts": parts, "total_count": len(parts)}
    at = int(account.now())
    payload = {
        "type": "notification_event",
        "app_id": WORKSPACE,
        "data": {
            "type": "notification_event_data",
            "item": {**account.conversations[id], "conversation_parts": listed},
        },
        "links": {},
        "id": f"notif_{account.new_id()}",
        "topic": topic,
        "delivery_status": "pending",
        "delivery_attempts": 1,
        "delivered_at": 0,
        "first_sent_at": at,
        "created_at": at,
        "self": None,
    }
    return {"headers": {"user-agent": "Intercom-Webhooks"}, "payload": payload}
