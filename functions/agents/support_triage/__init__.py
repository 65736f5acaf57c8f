"""The triage of the support desk."""
