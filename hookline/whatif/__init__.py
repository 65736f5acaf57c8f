"""Runs an agent's code over recorded events: every answer comes from the record, and no effect is possible."""
