"""The Lambda handler of every connector."""
