"""Constructs and functions that the stacks share."""
