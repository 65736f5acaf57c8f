"""Slack asks a URL that was entered to repeat a challenge, and that of a slash command for a 200 from time to time.

https://docs.slack.dev/reference/events/url_verification and
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import json
import re
from collections.abc import Mapping

from functions.api.source import Delivery, Handshake, UnreadableBody

SIGNED = True

_SSL_CHECK = re.compile(rb"\A(?:token=[A-Za-z0-9]+&)?ssl_check=1(?:&token=[A-Za-z0-9]+)?\Z")
_CHALLENGE = re.compile(r"[ -~]{1,1000}")  # printable ASCII


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The challenge of a url_verification, nothing for an ssl_check; None for any other delivery.

    Raises UnreadableBody for one whose challenge is not printable ASCII of 1 to 1000 characters.
    """
    if _SSL_CHECK.search(delivery.body):
        return Handshake("")
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
