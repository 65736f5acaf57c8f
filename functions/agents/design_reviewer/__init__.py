"""What a model sees in the logic of a change."""
