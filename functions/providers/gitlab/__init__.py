"""GitLab's webhooks."""
