"""Signed tokens: the grants that permit, and the proposals that people decide on."""
