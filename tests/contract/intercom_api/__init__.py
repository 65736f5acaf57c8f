"""The types of Intercom's own client, cut to what the connector sends and the sandbox answers."""
