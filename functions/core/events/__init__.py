"""The event: its envelope, the bus, and what a domain event is made of."""
