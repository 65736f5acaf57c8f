"""Proposed changes to code: their files and lines, what reviewers find in them, and their reports. Pure."""
