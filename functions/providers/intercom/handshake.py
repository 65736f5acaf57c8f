"""Intercom asks whether an address exists with a HEAD that it does not sign.

https://developers.intercom.com/docs/webhooks/setting-up-webhooks
"""

from collections.abc import Mapping

from functions.api.source import Delivery, Handshake

SIGNED = False


def answer(delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None:
    """Nothing, with a 200, to a HEAD, which any caller can send; None for a POST."""
    return Handshake("") if delivery.method == "HEAD" else None
