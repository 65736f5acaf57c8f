"""The Lambda handlers of reviews."""
