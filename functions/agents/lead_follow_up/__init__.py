"""The lead follow-up agent."""
