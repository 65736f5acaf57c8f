"""HubSpot's sandbox: the part of its APIs that Hookline calls, in memory.

It follows https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide (contacts, tasks, owners,
associations, communication preferences, account information); a test holds its answers to HubSpot's published API
description. HubSpot's messages are not followed word for word.
"""

from functions.providers.hubspot.sandbox.provider import SANDBOX_TOKEN, HubSpot

SANDBOX = HubSpot

__all__ = ["SANDBOX", "SANDBOX_TOKEN", "HubSpot"]
