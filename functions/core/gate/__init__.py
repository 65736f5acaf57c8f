"""The gate that every call of every connector passes: a module for each of its steps."""
