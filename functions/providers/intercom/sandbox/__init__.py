"""Intercom's sandbox: the part of its REST API that Hookline calls, in memory.

It follows https://developers.intercom.com/docs/references/rest-api/api.intercom.io (conversations, contacts, tags,
admins, errors, rate limiting). Intercom's messages are not followed word for word.
"""

from functions.providers.intercom.sandbox.provider import SANDBOX_TOKEN, Intercom

SANDBOX = Intercom

__all__ = ["SANDBOX", "SANDBOX_TOKEN", "Intercom"]
