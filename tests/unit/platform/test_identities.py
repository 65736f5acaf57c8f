"""Identities and their functions: the names of both, and the alias that a function was invoked through."""

import pytest

from functions.core.platform.identities import alias_of, function_name, identity_of

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-stripe"


@pytest.mark.parametrize(
    ("arn", "alias"),
    [
        (f"{FUNCTION}:fraud", "fraud"),
        (FUNCTION, ""),
        (f"{FUNCTION}:fraud:other", ""),
        ("", ""),
        (f"{FUNCTION}:$LATEST", "$LATEST"),
    ],
)
def test_the_alias_is_the_last_part_of_the_functions_arn(arn, alias):
    """Nothing but a whole ARN names one."""
    assert alias_of(arn) == alias


@pytest.mark.parametrize("identity", ["", "agent", "agent.", "person.eve"])
def test_only_an_identity_has_a_function(identity):
    """Operators and made-up kinds have none."""
    with pytest.raises(ValueError, match="not an identity"):
        function_name(identity)


@pytest.mark.parametrize(
    "identity", ["agent.fraud", "agent.big_deal", "connector.slack", "webhook.microsoft_graph", "service.review_links"]
)
def test_a_function_is_that_of_one_identity(identity):
    assert identity_of(function_name(identity)) == identity
