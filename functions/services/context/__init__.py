"""Keeps each entity's timeline from the events on the bus."""
