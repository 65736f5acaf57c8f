"""Records of runs and calls, from which a decision is explained and run again."""
