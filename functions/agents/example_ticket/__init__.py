"""The manager of a ticket: desks hand it on until one can answer."""
