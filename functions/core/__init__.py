"""What every function shares; knows no agent, source, connector or service by name."""
