"""The stacks: shared, ingress, connectors, operations, and one for each agent."""
