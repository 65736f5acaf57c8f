"""The exponents of Stripe's amounts that differ from ISO 4217 (https://docs.stripe.com/currencies).

Stripe writes an amount of ISK or UGX with two decimals that are always 00, and one of MGA without decimals. HUF and TWD
are special for payouts alone: their charges and refunds have two decimals, as in ISO 4217. The last digit of a
three-decimal currency is always 0, and no exception.
"""

EXPONENTS = {"ISK": 2, "UGX": 2, "MGA": 0}
