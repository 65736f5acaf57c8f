"""The Lambda handlers of the review service."""
