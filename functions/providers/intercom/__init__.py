"""Intercom's webhooks."""
