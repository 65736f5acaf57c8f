"""Runs agents: consumes their queues, wakes them, publishes their outcomes."""
