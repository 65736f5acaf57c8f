"""An agent that answers tickets of both desks, or tries what their events do not allow."""
