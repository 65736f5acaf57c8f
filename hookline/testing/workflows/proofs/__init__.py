"""The proof of each pattern, in the module of its name: CASES to explore, PLANTED failures, guards that are OFF."""
