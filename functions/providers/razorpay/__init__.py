"""Razorpay's webhooks."""
