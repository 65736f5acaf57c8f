"""Keeps the lists of addresses that providers publish."""
