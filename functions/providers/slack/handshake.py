"""Slack asks a URL that was entered to repeat a challenge (https://docs.slack.dev/reference/events/url_verification)."""

import json
from collections.abc import Mapping

from functions.api.source import Delivery, Handshake, UnreadableBody

SIGNED = True

_LONGEST = 1000


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The challenge of a url_verification; None for any other delivery.

    Raises UnreadableBody for one whose challenge is not printable ASCII of 1 to 1000 characters.
    """
    try:
        asked = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return None  # the reader of deliveries refuses it
    if not isinstance(asked, dict) or asked.get("type") != "url_verification":
        return None
    challenge = asked.get("challenge")
    good = isinstance(challenge, str) and 0 < len(challenge) <= _LONGEST
    if not (good and challenge.isascii() and challenge.isprintable()):
        raise UnreadableBody("url_verification without a challenge as Slack documents it")
    return Handshake(challenge)
