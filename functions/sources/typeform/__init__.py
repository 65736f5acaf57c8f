"""Typeform's webhooks."""
