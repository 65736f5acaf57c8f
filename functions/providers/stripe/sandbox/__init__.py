"""Stripe's sandbox: the part of its API v1 that Hookline calls, in memory.

It follows https://docs.stripe.com/api (charges, radar/reviews, refunds, events, errors, idempotent_requests)
and https://docs.stripe.com/error-low-level. Stripe documents neither the wording of its messages nor how it
refuses to approve a closed review, so nothing may depend on either. Objects cannot be expanded (`expand[]`).
"""

from functions.providers.stripe.sandbox.provider import Stripe
from functions.providers.stripe.sandbox.requests import SANDBOX_API_KEY

SANDBOX = Stripe

__all__ = ["SANDBOX", "SANDBOX_API_KEY", "Stripe"]
