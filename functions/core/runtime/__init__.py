"""Runs agents: consumes their queues, wakes them, and publishes their outcomes."""
