"""The reception agent."""
