"""The demo: a day of a small shop's payments, sent through the whole system."""
