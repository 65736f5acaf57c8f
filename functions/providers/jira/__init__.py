"""Jira Cloud's webhooks."""
