"""An agent that reviews pull requests, or tries what their events do not allow."""
