"""Watches each source's own rhythm, and raises an alarm if one that usually speaks falls silent."""
