"""Timelines: the events of an entity."""
