"""Linear's webhooks."""
