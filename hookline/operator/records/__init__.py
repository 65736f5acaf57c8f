"""Records of runs and calls: read, explained, run again, and deleted."""
