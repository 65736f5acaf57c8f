"""Microsoft Graph asks a URL to repeat a token, which it does not sign.

https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#notificationurl-validation
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from functions.api.source import Delivery, Handshake, MalformedSignature

SIGNED = False

_LONGEST = 2000
_MOST_PARAMETERS = 20


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """The validationToken of an empty POST, decoded once, as plain text; None for any other delivery.

    Any caller can ask. Raises MalformedSignature for a token that is not printable ASCII of 1 to 2000 characters, or
    that holds angle brackets: the answer is never markup.
    """
    if delivery.method != "POST" or delivery.body:
        return None
    try:
        query = urlsplit(delivery.url).query
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise MalformedSignature from None
    tokens = [value for name, value in pairs if name == "validationToken"]
    if not tokens:
        return None
    token = tokens[0]
    good = len(tokens) == 1 and 0 < len(token) <= _LONGEST and token.isascii() and token.isprintable()
    if not good or not {"<", ">"}.isdisjoint(token):
        raise MalformedSignature
    return Handshake(token)
