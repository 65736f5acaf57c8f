"""Support for tests: the testing kit for agents (kit/), and fixtures, signing, destinations, a fake platform."""
