"""Pipedrive's webhooks, version 2."""
