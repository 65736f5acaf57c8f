"""Measures what receiving a delivery and keeping the audit trail cost, beside something measured in the same run."""
