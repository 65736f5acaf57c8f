"""Stripe, as agents act on it."""
