"""What runs in Lambda. Import paths are the same here and in every zip."""
