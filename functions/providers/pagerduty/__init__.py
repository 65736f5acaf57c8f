"""PagerDuty's V3 webhooks."""
