"""The demo: flows that are played through the whole system on the local stack."""
