"""Receives the deliveries of one source."""
