"""The timelines of entities."""
