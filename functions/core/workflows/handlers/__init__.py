"""The handlers of managers."""
