"""Keeps what waits for a person."""
