"""Meta's webhooks: WhatsApp, Messenger, Instagram, Pages."""
