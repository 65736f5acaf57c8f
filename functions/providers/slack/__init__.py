"""Slack's Events API."""
