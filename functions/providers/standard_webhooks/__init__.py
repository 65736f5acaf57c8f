"""Webhooks of one's own products, and of whoever else follows the Standard Webhooks specification."""
