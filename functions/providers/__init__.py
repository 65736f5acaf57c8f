"""The providers whose webhooks are received, a folder each."""
