"""Measures the cost of deliveries, the gate and the audit trail, relative to a reference in the same run."""
