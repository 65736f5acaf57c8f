"""The content checker agent."""
