"""Support for tests of sources and agents: fixtures, signing, destinations, a fake platform."""
