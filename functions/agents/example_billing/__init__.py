"""The billing desk of the examples of workflows."""
