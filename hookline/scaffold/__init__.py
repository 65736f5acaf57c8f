"""Writes new agents, providers and events: folders and files that pass every check and that people then edit."""
