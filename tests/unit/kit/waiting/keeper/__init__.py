"""An agent that waits for a customer's refund, and then looks at what it is told."""
