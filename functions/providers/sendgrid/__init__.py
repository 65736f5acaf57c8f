"""SendGrid's event webhook."""
