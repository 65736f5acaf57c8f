"""The tests_reviewer agent."""
