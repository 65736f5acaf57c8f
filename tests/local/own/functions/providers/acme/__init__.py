"""A provider that a user adds: it proves itself by a key in a header, and has a JSON API under basic authentication."""
