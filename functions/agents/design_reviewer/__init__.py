"""The design_reviewer agent."""
