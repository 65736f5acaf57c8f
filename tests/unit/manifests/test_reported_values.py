"""While findings are collected, every bad value of a manifest is reported, and none of them raises."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.arguments import ListOf, Number, Object, Text
from functions.core.manifests.aws_access import AwsAccess, TableAccess
from functions.core.manifests.checks import reported
from functions.core.manifests.connector import ConnectorManifest, Verdict
from functions.core.manifests.credentials import Bearer
from functions.core.manifests.operation import Money, Operation, ReadBack, State
from functions.core.manifests.signature import HTTP_BASIC
from functions.core.manifests.source import Reading, SourceManifest
from functions.core.manifests.tenant import OneTenant, Tenant
from functions.core.platform.errors import ManifestError
from tests.unit.manifests.test_manifest import GOOD

ALL = {
    **GOOD,
    ListOf: {"item": Text()},
    Object: {"fields": {"a": Text()}, "needs": ["a"]},
    AwsAccess: {"actions": ["ses:SendEmail"], "resources": ["arn:aws:ses:*"]},
    TableAccess: {"table": "timelines", "actions": ["dynamodb:Query"]},
    Money: {"amounts": ["amount"], "currency": "currency"},
    ReadBack: {"operation": "charge.retrieve", "proof": {"open": False}},
    State: {"operation": "charge.retrieve", "fields": ["open"]},
    Verdict: {"ok": "ok", "error": "error"},
    Tenant: {"word": "account", "path": "account"},
    Operation: {"name": "charge.retrieve", "kind": "read", "entity": "stripe:charge/{charge}"},
    ConnectorManifest: {
        "name": "acme",
        "owner": "tests",
        "operations": [Operation("thing.read", kind="read", entity="acme:thing/{thing}")],
        "hosts": ["a.test"],
        "base": "https://a.test/",
        "credential": Bearer(),
    },
    SourceManifest: {
        "name": "acme",
        "owner": "tests",
        "documents": "https://a.test",
        "secret": "nowhere",
        "signature": HTTP_BASIC,
        "reading": Reading(["type"], GOOD[Reading]["identity"], OneTenant("a test")),
        "largest_body": None,
        "address_check": None,
    },
    Number: {"lowest": 1, "highest": 2},
}
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.text(max_size=4), st.just("a.b"))
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=2),
    st.sampled_from([Text(), Use("stripe", ["charge.retrieve"], "why"), Budget(), object()]),
)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@settings(max_examples=40, derandomize=True, deadline=None)
@given(data=st.data())
def test_whatever_the_values_are_the_first_reported_one_is_what_would_be_raised(kind, data):
    """So nothing is refused without being collected, and nothing is collected that is not refused."""
    names = data.draw(st.lists(st.sampled_from([one.name for one in fields(kind) if one.init]), max_size=3))
    values = {**ALL[kind], **{name: data.draw(VALUES, label=name) for name in names}}
    said: list[str] = []
    with reported(said.append):
        kind(**values)
    try:
        kind(**values)
    except ManifestError as error:
        assert said[:1] == [str(error)]
    else:
        assert said == []


def test_several_bad_values_of_one_budget_are_reported():
    said: list[str] = []
    with reported(said.append):
        Budget(seconds=0, hops=-1, usd_per_event="free")
    assert [one.split(":")[0] for one in said] == [
        "budget seconds 0",
        "budget hops -1",
        "budget usd_per_event 'free'",
    ]


def test_outside_of_the_context_a_bad_value_raises_again():
    with reported(lambda message: None):
        Subscription("Payment", ["webhook.stripe"])
    with pytest.raises(ManifestError, match="a detail type looks like"):
        Subscription("Payment", ["webhook.stripe"])
    assert AgentManifest(**GOOD[AgentManifest]).name == "fraud"
