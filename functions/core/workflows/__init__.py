"""Workflows: several agents on one task, as pure state machines that end."""
