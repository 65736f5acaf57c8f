"""What an operator can do with a stack, without its presentation (hookline.cli)."""
