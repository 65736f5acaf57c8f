"""The orchestration patterns, one module each; functions.core.workflows.catalogue finds them."""
