"""Webhooks of the operator's own products, and of other products that follow the Standard Webhooks specification."""
