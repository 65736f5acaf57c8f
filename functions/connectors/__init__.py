"""The providers that agents act on, a folder each."""
