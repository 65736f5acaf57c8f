"""What a connector may do in AWS at a destination follows from what the operator bound, and is nothing without it."""

import re

from functions.providers.ses.connector import MANIFEST
from infra.constructs.aws_access import aws_access

SENDER = "ses:sender/us@example.com/leads/customers"


def of_ses(*bound: str) -> dict[str, tuple[list[str], object]]:
    """The last parts of the resources, and the conditions, by action."""
    found = [statement.to_statement_json() for statement in aws_access(MANIFEST, [], bound)]
    assert len({one["Action"] for one in found}) == len(found)
    return {one["Action"]: (_resources(one["Resource"]), one.get("Condition")) for one in found}


def _resources(given: str | list[str]) -> list[str]:
    resources = [given] if isinstance(given, str) else given
    return [re.sub(r"^arn:.*:(?=[a-z-]+/)", "", one) for one in resources]


def test_ses_may_send_as_the_bound_sender_alone():
    """An identity can be a whole domain, so the address is a condition."""
    assert of_ses(SENDER) == {
        "ses:SendEmail": (
            ["identity/*", "configuration-set/leads"],
            {"StringLike": {"ses:FromAddress": "us@example.com"}},
        ),
        "ses:GetContact": (["contact-list/customers"], None),
        "ses:GetSuppressedDestination": (["*"], None),
    }


def test_without_a_bound_sender_nothing_can_be_sent():
    """Nor with a destination of another kind."""
    for bound in ((), ("slack:channel/C1", "ses:sender/no-address/leads/customers")):
        assert set(of_ses(*bound)) == {"ses:GetSuppressedDestination"}
