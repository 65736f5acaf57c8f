"""What is neither source, agent nor connector: a folder each."""
