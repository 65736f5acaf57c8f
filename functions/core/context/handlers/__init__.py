"""The Lambda handlers of the timelines."""
