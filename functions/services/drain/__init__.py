"""Publishes what the bus refused at first."""
