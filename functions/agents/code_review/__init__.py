"""The manager of the code review: its reviewers, all at once."""
