"""The commands: `hookline NAME` is the function `NAME` of the file NAME.py."""
