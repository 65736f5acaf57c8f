"""A provider that a user adds: its deliveries carry a key in a header, and its JSON API takes basic authentication."""
