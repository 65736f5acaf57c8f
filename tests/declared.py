"""Everything that is declared in functions/, read once a process and before any test changes a part of it."""

from hookline.validation.discovery import discover

PROJECT = discover()
