"""The Lambda handlers of ingress."""
