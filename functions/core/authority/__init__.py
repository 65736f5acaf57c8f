"""Grants: what a verified delivery, or a person, permits."""
