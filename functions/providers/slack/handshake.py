"""Slack asks a URL that was entered to repeat a challenge (https://docs.slack.dev/reference/events/url_verification)."""

import json
import re
from collections.abc import Mapping

from functions.api.source import Delivery, Handshake, UnreadableBody

SIGNED = True

_CHALLENGE = re.compile(r"[ -~]{1,1000}")  # printable ASCII


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The challenge of a url_verification; None for any other delivery.

    Raises UnreadableBody for one whose challenge is not printable ASCII of 1 to 1000 characters.
    """
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        return None  # the reader of deliveries refuses it
    if not isinstance(body, dict) or body.get("type") != "url_verification":
        return None
    challenge = body.get("challenge")
    if not (isinstance(challenge, str) and _CHALLENGE.fullmatch(challenge)):
        raise UnreadableBody("url_verification without a challenge as Slack documents it")
    return Handshake(challenge)
