"""Calendly's webhooks."""
