"""The secrets_reviewer agent."""
