"""Mailgun's webhooks."""
