"""The Lambda handlers of the audit trail."""
