"""Chargebee's webhooks."""
