"""Code without tests, and tests that do not run."""
