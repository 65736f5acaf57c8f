"""The dependency_reviewer agent."""
