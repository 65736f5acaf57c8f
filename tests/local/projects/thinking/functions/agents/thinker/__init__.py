"""An agent that calls a model."""
