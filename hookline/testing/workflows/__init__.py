"""Proofs of orchestration patterns: exhaustive exploration, and members that fail as planned.

A pattern's proof is the module of its name here; the tests and the benchmark find it.
"""
