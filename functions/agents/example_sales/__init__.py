"""The sales desk of the examples of workflows."""
