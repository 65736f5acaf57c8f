"""Slack, as agents act on it."""
