"""The manager of a dispute: three desks, all at once."""
