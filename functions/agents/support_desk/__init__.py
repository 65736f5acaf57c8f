"""The manager of the support desk."""
