"""The Lambda handlers of reconcile."""
