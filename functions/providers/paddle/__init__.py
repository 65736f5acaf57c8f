"""Paddle's notifications."""
