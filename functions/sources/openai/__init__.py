"""OpenAI's webhooks."""
