"""The stacks: shared, ingress, connectors, operations, reviews, and one for each agent."""
