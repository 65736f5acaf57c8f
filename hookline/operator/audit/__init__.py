"""Reads the audit trail, and verifies an export of it with nothing but its lines and a public key."""
