"""The public API: what agents, providers and events import."""
