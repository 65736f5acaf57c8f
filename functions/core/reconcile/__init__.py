"""Compares what a provider says it sent with what arrived, and has what is missing published."""
