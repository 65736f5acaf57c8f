"""Stripe's objects, as its API and its webhooks send them (https://docs.stripe.com/api)."""

import copy
import hashlib
import re
import time
import uuid
from typing import Any

API_VERSION = "2025-04-30.basil"  # the version whose objects these are shaped after

Object = dict[str, Any]  # as the API's JSON has it


def refund_object(id_: str, charge: Object, amount: int, params: dict[str, str], created: int) -> Object:
    """A refund object, https://docs.stripe.com/api/refunds/object."""
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "id": id_, "object": "refund", "amount": amount, "balance_transaction": f"txn_{digest(id_)}",
        "charge": charge["id"], "created": created, "currency": charge["currency"],
        "destination_details": {"card": card, "type": "card"},
        "metadata": {name[9:-1]: value for name, value in params.items() if name.startswith("metadata[")},
        "payment_intent": charge.get("payment_intent"), "reason": params.get("reason"),
        "receipt_number": None, "source_transfer_reversal": None, "status": "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip


def open_review(charge: Object) -> Object:
    """The open review of a charge, https://docs.stripe.com/api/radar/reviews/object."""
    return {
        "id": charge["review"], "object": "review", "billing_zip": None, "charge": charge["id"],
        "closed_reason": None, "created": charge["created"], "ip_address": None, "ip_address_location": None,
        "livemode": False, "open": True, "opened_reason": "rule",
        "payment_intent": charge.get("payment_intent"), "reason": "rule", "session": None,
    }  # fmt: skip


def charge(
    id: str, *, amount: int, currency: str, customer: str | None, created: int, card_fingerprint: str,
    country: str, risk_level: str, risk_score: int, review: str | None = None,
    payment_intent: str | None = None,
) -> Object:  # fmt: skip
    """Make the charge of a card payment that succeeded, as Stripe sends it.

    `amount` is in minor units, `created` in Unix seconds, `country` the card's, ISO 3166-1 alpha-2. Radar
    placed a charge that names a `review`, https://docs.stripe.com/radar/risk-evaluation; the rest
    is https://docs.stripe.com/api/charges/object. Equal arguments make equal charges.
    """
    if not re.fullmatch("[A-Z]{2}", country):
        raise ValueError(f"country must be an ISO 3166-1 alpha-2 code, not {country!r}")
    if type(amount) is not int or amount < 0:
        raise ValueError(f"amount must be whole minor units, not {amount!r}")
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    address["country"] = country
    card = {
        "amount_authorized": amount, "authorization_code": None, "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": country, "exp_month": 12, "exp_year": time.gmtime(created).tm_year + 3,
        "extended_authorization": {"status": "disabled"}, "fingerprint": card_fingerprint,
        "funding": "credit", "incremental_authorization": {"status": "unavailable"}, "installments": None,
        "last4": "4242", "mandate": None, "multicapture": {"status": "unavailable"}, "network": "visa",
        "network_token": {"used": False}, "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated", "three_d_secure": None, "wallet": None,
    }  # fmt: skip
    return {
        "id": id, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "application": None, "application_fee": None, "application_fee_amount": None,
        "balance_transaction": f"txn_{digest(id)}",
        "billing_details": {"address": address, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "HOOKLINE SANDBOX", "captured": True, "created": created,
        "currency": currency, "customer": customer, "description": None, "destination": None, "dispute": None,
        "disputed": False, "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
        "fraud_details": {}, "livemode": False, "metadata": {}, "on_behalf_of": None, "order": None,
        "outcome": _outcome(risk_level, risk_score, review), "paid": True, "payment_intent": payment_intent,
        "payment_method": f"pm_{digest(id)}", "payment_method_details": {"card": card, "type": "card"},
        "radar_options": {}, "receipt_email": None, "receipt_number": None, "receipt_url": None,
        "refunded": False, "review": review, "shipping": None, "source": None, "source_transfer": None,
        "statement_descriptor": None, "statement_descriptor_suffix": None, "status": "succeeded",
        "transfer_data": None, "transfer_group": None,
    }  # fmt: skip


def _outcome(risk_level: str, risk_score: int, review: str | None) -> Object:
    outcome = {
        "advice_code": None, "network_advice_code": None, "network_decline_code": None,
        "network_status": "approved_by_network", "reason": None, "risk_level": risk_level,
        "risk_score": risk_score, "seller_message": "Payment complete.", "type": "authorized",
    }  # fmt: skip
    if review is None:
        return outcome
    queued = "placed it in your manual review queue."
    if risk_level == "elevated":
        reason, rule = "elevated_risk_level", "manual_review_if_elevated_risk"
        message = f"Stripe evaluated this payment as having elevated risk, and {queued}"
    else:
        reason, rule = "rule", f"ssr_{digest(review)}"
        message = f"A rule {queued}"
    return {**outcome, "reason": reason, "rule": rule, "seller_message": message, "type": "manual_review"}


def charge_succeeded_event(charge: Object, event_id: str, created: int) -> Object:
    """Make the `charge.succeeded` event as Stripe delivers it, https://docs.stripe.com/api/events/object."""
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, event_id))
    return {
        "id": event_id, "object": "event", "api_version": API_VERSION, "created": created,
        "data": {"object": copy.deepcopy(charge)}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": f"req_{digest(event_id)}", "idempotency_key": key}, "type": "charge.succeeded",
    }  # fmt: skip


def digest(text: str) -> str:
    """24 hex digits that depend on `text` only."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]
