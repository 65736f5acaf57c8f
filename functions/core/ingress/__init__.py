"""Receives deliveries: verifies, reads, publishes once."""
