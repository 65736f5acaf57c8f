"""Every domain event by its detail-type."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from functions.core.errors import PermanentError
from functions.taxonomy.approvals import ApprovalRequired, ReviewApproved, ReviewDenied, ReviewExpired, ReviewOpened
from functions.taxonomy.calls import CallIncoming
from functions.taxonomy.changes import ChangeClosed, ChangeProposed, ChangeUpdated
from functions.taxonomy.domain_event import DomainEvent
from functions.taxonomy.leads import LeadCaptured, ProductEvent
from functions.taxonomy.models import ModelRunCompleted, ModelRunFailed
from functions.taxonomy.payments import (
    PaymentApproved,
    PaymentDisputed,
    PaymentFailed,
    PaymentHeld,
    PaymentRefunded,
    PaymentReviewClosed,
    PaymentSucceeded,
    PaymentSuspected,
)
from functions.taxonomy.tickets import TicketCreated, TicketUpdated
from functions.taxonomy.unmapped import Unmapped

EVENTS: Mapping[str, type[DomainEvent]] = {
    model.detail_type: model
    for model in (
        ApprovalRequired,
        CallIncoming,
        ChangeClosed,
        ChangeProposed,
        ChangeUpdated,
        LeadCaptured,
        ModelRunCompleted,
        ModelRunFailed,
        PaymentApproved,
        PaymentDisputed,
        PaymentFailed,
        PaymentHeld,
        PaymentRefunded,
        PaymentReviewClosed,
        PaymentSucceeded,
        PaymentSuspected,
        ProductEvent,
        ReviewApproved,
        ReviewDenied,
        ReviewExpired,
        ReviewOpened,
        TicketCreated,
        TicketUpdated,
        Unmapped,
    )
}


def model_of(detail_type: str) -> type[DomainEvent]:
    """The model of `detail_type`; every `<source>.unmapped` has the same. Raises PermanentError for unknown ones."""
    name = Unmapped.detail_type if detail_type.endswith(f".{Unmapped.detail_type}") else detail_type
    if name not in EVENTS:
        raise PermanentError(f"the taxonomy has no event {detail_type!r}")
    return EVENTS[name]


def check(detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as its model writes it. Raises PermanentError naming each wrong field, never quoting its value."""
    try:
        return model_of(detail_type).model_validate(data).model_dump(mode="json")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise PermanentError(f"{detail_type}: {wrong}") from None
    except ValueError as error:  # nested deeper than pydantic writes
        raise PermanentError(f"{detail_type}: {error}") from None


def schema(detail_type: str) -> str:
    """The name and version of an event's schema, "payment.succeeded/1"."""
    return f"{detail_type}/{model_of(detail_type).version}"
