"""What GitHub publishes of its API and its webhooks, cut to what the connector and the sandbox use."""
