"""The content writer agent."""
