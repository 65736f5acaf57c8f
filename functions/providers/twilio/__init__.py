"""Twilio's messaging webhooks."""
