"""An agent that waits for a customer's refund, and then does what the test says."""
