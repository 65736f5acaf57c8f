"""Sentry's integration webhooks."""
