"""The lead router agent."""
