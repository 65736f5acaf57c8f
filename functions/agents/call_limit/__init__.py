"""The agent that ends calls at their longest duration."""
