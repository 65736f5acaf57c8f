"""Slack's Web API as a connector (https://docs.slack.dev/apis/web-api/)."""

import json

from functions.api.connector import KEY, Bearer, ConnectorManifest, Operation, ReadBack, Text, Verdict

# What an agent writes is text and nothing else: it formats nothing, calls nobody and unfolds no page
# (https://docs.slack.dev/reference/methods/chat.postMessage).
PLAIN = {"mrkdwn": "false", "parse": "none", "link_names": "false", "unfurl_links": "false", "unfurl_media": "false"}
# Slack takes no idempotency key. Metadata that nobody sees says whose message it is
# (https://docs.slack.dev/messaging/message-metadata/).
MARK = json.dumps({"event_type": "hookline_effect", "event_payload": {"key": KEY}})

MANIFEST = ConnectorManifest(
    name="slack",
    owner="platform",
    hosts=["slack.com"],
    base="https://slack.com/",
    credential=Bearer(),
    # Slack answers 200 to nearly everything. Of a fatal or an internal error it says that a part may have been done.
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
            method="POST",
            path="/api/chat.postMessage",
            # Else `<!channel>` in it would call everybody, and `<https://…|your bank>` would hide where it leads
            # (https://docs.slack.dev/messaging/formatting-message-text/).
            takes={"text": Text(longest=40_000, escape="html")},
            encoding="form",
            needs=["text"],
            idempotency="none",
            sends=PLAIN | {"metadata": MARK},
            read_back=ReadBack("message.list", items="messages", proof={"metadata.event_payload.key": KEY}),
        ),
        # The newest of a channel. Where more than these followed a message before it is looked for, it is posted again.
        Operation(
            "message.list",
            kind="read",
            entity="slack:channel/{channel}",
            method="GET",
            path="/api/conversations.history",
            sends={"include_all_metadata": "true", "limit": "200"},
        ),
    ],
)
