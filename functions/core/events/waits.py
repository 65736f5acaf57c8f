"""The name of the event that ends a wait. Nothing publishes it: an agent sends it to its own queue, for later."""

WAIT_EXPIRED = "wait.expired"
