"""The manager of a quote: three desks, one after the other."""
