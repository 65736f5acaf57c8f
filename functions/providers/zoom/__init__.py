"""Zoom's webhooks."""
