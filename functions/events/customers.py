"""Customers: whom a provider of payments, or another one, has as a customer."""

from typing import ClassVar

from functions.api.event import DomainEvent, Identifier, Line


class CustomerUpdated(DomainEvent):
    """A customer was changed or deleted; `email` is their address now, None if they have none.

    The context service keeps the address for links (docs/links.md). The provider may not have confirmed it.
    """

    detail_type = "customer.updated"
    owner = "payments-risk"
    address_field = "email"
    example: ClassVar = {"customer": "cus_Example", "email": "ada@example.com", "deleted": False}

    customer: Identifier
    email: Line | None
    deleted: bool
