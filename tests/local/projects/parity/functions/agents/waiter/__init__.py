"""An agent that waits for the next push to a pull request."""
