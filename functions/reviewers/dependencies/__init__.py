"""Risky changes of dependencies."""
