"""The review service: people decide on what agents ask."""
