"""Anthropic's webhooks."""
