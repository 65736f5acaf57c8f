"""The manager of a release note: one desk writes, another checks."""
