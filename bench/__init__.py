"""Measures what receiving a delivery costs; every figure is a ratio to something measured in the same run."""
