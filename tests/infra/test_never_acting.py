"""hookline check: what is valid and could never act."""

import pytest

from tests.infra.garden import SOURCE
from tests.infra.sown import AGENT_AT, POLICY_AT, PROVIDER, edit, found, warned


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"source": "review.service"},
            "8: subscribes to 'payment.succeeded' from 'review.service', which publishes review.opened, revi",
        ),
        (
            {"subscribes": "payment.failed"},
            "8: subscribes to 'payment.failed' from 'webhook.planted_source', which translates nothing to it (did",
        ),
        (
            {"subscribes": "planted_source.unmapped", "raw": ["ping"], "operation": "other.read"},
            "8: subscribes to 'planted_source.unmapped' from 'webhook.planted_source', which acknowledges ping and",
        ),
        (
            {"operation": "box.read"},
            "10: planted_connector 'box.read' can never act: no event that wakes the agent names a planted_source:box; "
            "no event names one; bind a destination with to=[…]",
        ),
        (
            {"subscribes": "planted_source.unmapped", "raw": ["other"]},
            "10: planted_connector 'thing.read' can never act: no event that wakes the agent names a planted_source:thi"
            "ng; subscribe to one that does (payment.succeeded of webhook.planted_source), or bind a destination",
        ),
        (
            {"subscribes": "planted_source.unmapped", "raw": ["other"], "operation": "other.read"},
            "10: planted_connector 'other.read' can never act: no event that wakes the agent names an entity; subsc",
        ),
    ],
)
def test_what_could_never_act_is_a_finding_with_what_would(sown, changed, said):
    sown.plant_agent("planted_agent", **{"publishes": [], **changed})
    findings = found(sown)
    assert any(line.startswith(f"{AGENT_AT}:{said}") for line in findings), findings


def test_an_event_that_another_source_has_is_said(sown):
    other = SOURCE.format(name="planted_other").replace(
        "    address_check=None,\n)",
        '    address_check=None,\n    translates={"failed": "payment.failed"},\n    names={"thing": "it"},\n)',
    )
    sown.plant("sources", "planted_other", other, translate="def translate(raw_event): return None\n")
    sown.plant_agent("planted_agent", publishes=[], subscribes="payment.failed")
    assert [line for line in found(sown) if "webhook.planted_other does" in line]


def test_an_agent_acts_on_what_its_publisher_was_woken_by(sown):
    """A grant is passed on with the event."""
    sown.plant_agent("planted_agent", operation="other.read")
    sown.plant_agent("planted_second", subscribes="payment.held", source="agent.planted_agent", publishes=[])
    assert (found(sown), warned(sown)) == ([], [])


def test_agents_that_wake_each_other_only_can_never_act(sown):
    sown.plant_agent("planted_agent", subscribes="payment.held", source="agent.planted_second")
    sown.plant_agent("planted_second", subscribes="payment.held", source="agent.planted_agent")
    assert len([line for line in found(sown) if "can never act" in line]) == 2


def test_a_published_event_without_a_subscriber_is_a_warning(sown):
    sown.plant_agent("planted_agent", publishes=["payment.held"])
    assert found(sown) == []
    assert warned(sown) == [f"{AGENT_AT}:9: publishes 'payment.held', which no agent subscribes to"]


def test_an_entity_that_no_fixture_of_the_event_names_is_a_warning(sown):
    edit(sown, f"{PROVIDER}/source.py", 'names={"thing"', 'names={"box": "it has it", "thing"')
    sown.plant_agent("planted_agent", publishes=[], operation="box.read")
    assert found(sown) == []
    (warning,) = warned(sown)
    assert "'box.read' may never act: no fixture of payment.succeeded names a planted_source:box" in warning


def test_a_raw_type_that_is_translated_is_a_warning(sown):
    sown.plant_agent("planted_second", publishes=[], subscribes="planted_source.unmapped", raw=["thing.made"])
    (warning,) = [line for line in warned(sown) if "planted_second" in line]
    assert "subscribes to raw 'thing.made', which webhook.planted_source translates to payment.succeeded" in warning


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ('@id("a") permit (principal, action, resource)\nwhen { false };', "1: never permits"),
        ('@id("a") permit (principal, action, resource) unless { true || context has destination };', "1: never"),
        ('@id("a") permit (principal, action, resource)\nwhen { context has destination };', "1: never permits"),
        (
            '@id("a") permit (principal, action, resource);\n@id("b") forbid (principal, action, resource);',
            '2: forbids planted_connector::Action::"thing.read" always',
        ),
    ],
)
def test_a_policy_that_permits_nothing_for_a_use_is_a_finding(sown, policy, said):
    (sown.root / "agents/planted_agent/policy.cedar").write_text(policy)
    (finding,) = found(sown)
    assert finding.startswith(f"{POLICY_AT}:{said}")


@pytest.mark.parametrize(
    "policy",
    [
        '@id("a") permit (principal, action, resource) when { context.arguments.thing like "1*" };',
        '@id("a") permit (principal, action, resource);\n'
        '@id("b") forbid (principal, action, resource) when { context has destination };',
        '@id("a") permit (principal, action, resource) when { false };\n@id("b") permit (principal, action, resource);',
    ],
)
def test_a_policy_that_permits_some_request_is_no_finding(sown, policy):
    (sown.root / "agents/planted_agent/policy.cedar").write_text(policy)
    assert found(sown) == []


def test_a_destination_that_a_policy_names_must_be_declared(sown):
    edit(sown, AGENT_AT, "reason=", 'to=["boxes"], reason=')
    condition = 'context has destination && context.destination == "boxs"'
    policy = f'@id("a") permit (principal, action, resource)\nwhen {{ {condition} }};'
    (sown.root / "agents/planted_agent/policy.cedar").write_text(policy)
    assert [line for line in found(sown) if "its destinations are boxes" in line]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'raw_event.body["data"]',
            '{**raw_event.body["data"], "amount": "1"}',
            "14: fixture thing_made__ordinary: pay",
        ),
        ('raw_event.body["data"]', "{}", "14: fixture thing_made__ordinary: payment.succeeded: charge: Field required"),
        ("raw_event.body['id']", "raw_event.body['ids']", "13: fixture thing_made__ordinary: KeyError: 'ids'"),
        ('return Translation("payment.succeeded"', 'return ("payment.succeeded"', "10: fixture thing_made__ordinary: "),
        (
            '"payment.succeeded"',
            '"payment.failed"',
            "14: fixture thing_made__ordinary: 'thing.made' becomes 'payment.f",
        ),
        ("planted_source:thing", "planted_source:box", "14: fixture thing_made__ordinary: payment.succeeded names a"),
        (
            "import RawEvent",
            "import RawEvent, Translation\n\n1 / 0\nfrom functions.api.source import RawEvent",
            "3: Zero",
        ),
    ],
)
def test_what_a_translation_makes_of_a_fixture_must_fit_the_domain_event(sown, old, new, said):
    edit(sown, f"{PROVIDER}/translate.py", old, new)
    lines = [line for line in found(sown) if line.startswith(f"{PROVIDER}/translate.py:")]
    assert len(lines) == 1, lines
    assert lines[0].partition(": ")[2].startswith(said.partition(": ")[2]), lines


def test_a_fixture_that_is_no_delivery_is_a_finding(sown):
    (sown.root / "providers/planted_source/fixtures/thing_made__cut.json").write_text('{"type": ')
    (finding,) = found(sown)
    assert finding.startswith(f"{PROVIDER}/fixtures/thing_made__cut.json:1: is no delivery of planted_source: ")


def test_a_source_without_the_code_that_it_declares_is_a_finding(sown):
    (sown.root / "providers/planted_source/translate.py").unlink()
    assert [line for line in found(sown) if "source.py:12: translates nothing: translate.py" in line]
