"""Signature verification, one scheme per source, and signing for tests and samples."""
