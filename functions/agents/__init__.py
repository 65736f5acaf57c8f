"""The agents, a folder each."""
