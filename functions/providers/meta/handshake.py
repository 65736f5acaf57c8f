"""Meta verifies a URL with a GET that it does not sign.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
"""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from functions.api.source import VERIFY_TOKEN, Delivery, Handshake, MalformedSignature, SignatureMismatch

SIGNED = False

_MOST_PARAMETERS = 20
_CHALLENGE = re.compile(r"[0-9]{1,100}", re.ASCII)


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The challenge of a verification request that holds our verify token; None for a POST.

    Raises SignatureMismatch if the token is another or none is configured, and MalformedSignature for any other GET:
    Meta sends no other.
    """
    if delivery.method != "GET":
        return None
    query = _query(delivery.url)
    token, challenge = query.get("hub.verify_token"), query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not token or not _CHALLENGE.fullmatch(challenge):
        raise MalformedSignature
    expected = secrets.get(VERIFY_TOKEN)
    if not expected or not hmac.compare_digest(_bytes(token), _bytes(expected)):
        raise SignatureMismatch
    return Handshake(challenge)


def _query(url: str) -> dict[str, str]:
    try:
        query = urlsplit(url).query
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise MalformedSignature from None
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise MalformedSignature
    return parameters


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
