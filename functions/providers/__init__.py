"""The providers: webhooks are received from them, agents act on them. One folder for each."""
