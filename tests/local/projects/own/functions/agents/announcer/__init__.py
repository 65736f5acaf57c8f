"""An agent that a user adds."""
