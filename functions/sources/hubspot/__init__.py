"""HubSpot's webhooks."""
