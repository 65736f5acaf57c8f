"""The past of the entities that an event names."""
