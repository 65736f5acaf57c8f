"""The review_publisher agent."""
