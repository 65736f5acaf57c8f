"""Slack's Web API as a connector (https://docs.slack.dev/apis/web-api/)."""

import json

from functions.api.connector import KEY, Bearer, ConnectorManifest, Operation, ReadBack, Text, Verdict

# An agent's text is plain text: it formats nothing, mentions nobody and unfurls no page
# (https://docs.slack.dev/reference/methods/chat.postMessage).
PLAIN = {"mrkdwn": "false", "parse": "none", "link_names": "false", "unfurl_links": "false", "unfurl_media": "false"}
# Slack accepts no idempotency key. Invisible metadata identifies the message
# (https://docs.slack.dev/messaging/message-metadata/).
MARK = json.dumps({"event_type": "hookline_effect", "event_payload": {"key": KEY}})

# Slack takes a channel's name too, in small letters; but a channel can be renamed, and its name become another's.
IDS = {"channel": "[A-Z][A-Z0-9]*"}

MANIFEST = ConnectorManifest(
    name="slack",
    owner="platform",
    hosts=["slack.com"],
    base="https://slack.com/",
    credential=Bearer(),
    # Slack answers 200 to nearly everything. It documents that a fatal or internal error may have acted in part.
    verdict=Verdict(
        ok="ok",
        error="error",
        busy=["ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "request_timeout"],
        unknown=["fatal_error", "internal_error", "service_unavailable"],
    ),
    operations=[
        Operation(
            "message.post",
            kind="effect",
            entity="slack:channel/{channel}",
            ids=IDS,
            method="POST",
            path="/api/chat.postMessage",
            # Unescaped, `<!channel>` would notify everybody, and `<https://…|your bank>` would hide its URL
            # (https://docs.slack.dev/messaging/formatting-message-text/).
            takes={"text": Text(longest=40_000, escape="html")},
            encoding="form",
            needs=["text"],
            idempotency="none",
            sends=PLAIN | {"metadata": MARK},
            read_back=ReadBack("message.list", items="messages", proof={"metadata.event_payload.key": KEY}),
        ),
        # The newest of a channel, see operations.py. If more than these followed a message before its read-back, it is
        # posted again.
        Operation(
            "message.list",
            kind="read",
            entity="slack:channel/{channel}",
            ids=IDS,
            method="GET",
            path="/api/conversations.history",
            sends={"include_all_metadata": "true", "limit": "200"},
        ),
    ],
)
