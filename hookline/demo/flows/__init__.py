"""The flows of the demo: each file is one, found by its name."""
