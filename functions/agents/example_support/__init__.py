"""The support desk of the examples of workflows."""
