"""What an operator can do, whichever face shows it."""
