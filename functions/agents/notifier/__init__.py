"""The notifier agent."""
