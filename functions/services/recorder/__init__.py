"""Writes the audit chain, and is the only one that does."""
