"""The Lambda handler of every agent."""
