"""What every room stands on: time, names, JSON, errors, AWS clients, and the environment."""
