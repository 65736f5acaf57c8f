"""Reads the audit trail, and verifies an export of it with only its lines and a public key."""
