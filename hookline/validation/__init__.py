"""Finds errors in manifests, policies and code before a deploy. It runs only the manifests and the events."""
