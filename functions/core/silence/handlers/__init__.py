"""The Lambda handler of the silence service."""
