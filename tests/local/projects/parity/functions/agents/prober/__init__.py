"""An agent that does what the title of a pull request says, allowed or not."""
