"""Which specialist answers which intent, and in which languages. A change here is a change of policy."""

from typing import Final

# Intents that are not here (shipping, complaint, other) go to a person.
DESKS: Final = {
    "refund": "billing_support",
    "payment_problem": "billing_support",
    "invoice": "billing_support",
    "login": "account_support",
    "cancel": "account_support",
    "account_change": "account_support",
    "bug": "technical_support",
    "how_to": "technical_support",
    "feature_request": "technical_support",
}
# What the specialists write, and what the classifier was trained on.
LANGUAGES: Final = ("en", "de", "es")
