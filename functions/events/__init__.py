"""The domain events: what happened, in the words of the trade rather than of a provider."""
