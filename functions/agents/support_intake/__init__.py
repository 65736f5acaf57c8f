"""The intake of the support desk."""
