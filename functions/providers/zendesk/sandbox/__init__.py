"""Zendesk's sandbox: the part of its Ticketing API that Hookline calls, in memory.

It follows https://developer.zendesk.com/api-reference/ticketing/introduction/ (tickets, ticket comments, ticket audits,
users, user identities, incremental exports, rate limits). Zendesk's messages are not followed word for word.
"""

from functions.providers.zendesk.sandbox.provider import SANDBOX_TOKEN, Zendesk

SANDBOX = Zendesk

__all__ = ["SANDBOX", "SANDBOX_TOKEN", "Zendesk"]
