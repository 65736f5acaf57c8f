"""The sales alert agent."""
