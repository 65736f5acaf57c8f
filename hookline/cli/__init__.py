"""The commands, a module for each group of them. They only wire: what they do is done elsewhere."""
