"""Runs Hookline on an operator's machine: the command, the local stack and the sandbox providers."""
