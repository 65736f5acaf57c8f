"""Sandbox providers: local stand-ins that answer as the real APIs do, and say so on every answer."""
