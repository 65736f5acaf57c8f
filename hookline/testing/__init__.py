"""What tries sources and agents."""
