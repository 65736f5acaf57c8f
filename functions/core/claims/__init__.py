"""Claims: what an entity has once, and whose turn it is, counted exactly."""
