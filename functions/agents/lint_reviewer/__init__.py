"""The lint_reviewer agent."""
