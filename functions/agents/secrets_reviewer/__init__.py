"""Secrets on added lines."""
