"""The lead CRM agent."""
