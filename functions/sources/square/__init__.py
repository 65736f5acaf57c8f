"""Square's webhooks."""
