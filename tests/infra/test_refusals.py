"""hookline check: what a deployment would be refused for, found without a synth."""

import json

import pytest

from tests.infra.sown import AGENT_AT, OPERATIONS, checked, edit, found, warned


def bound(garden, settings):
    edit(garden, AGENT_AT, "reason=", 'to=["boxes"], reason=')
    (garden.root / "cdk.json").write_text(json.dumps({"context": settings}, indent=1))


UNBOUND = f"{AGENT_AT}:10: agent planted_agent: destination 'boxes' is not bound. Bind it to an entity like planted_sou"


def test_an_unbound_destination_is_a_finding(sown):
    bound(sown, {})
    (local,), (aws,) = found(sown), found(sown, aws=True)
    assert local.startswith(UNBOUND) and aws == local


def test_what_only_a_deployment_to_aws_lacks_is_a_warning_without_aws(sown):
    bound(sown, {"stages": {"local": {"destinations": {"boxes": "planted_source:thing/1"}}}})
    assert found(sown) == []
    (warning,) = warned(sown)
    assert "on AWS: agent planted_agent: destination 'boxes' is not bound" in warning
    (aws,) = found(sown, aws=True)
    assert aws.startswith(UNBOUND)


def test_a_destination_that_an_operation_does_not_touch_is_a_finding(sown):
    bound(sown, {"destinations": {"boxes": "planted_source:box/1"}})
    (finding,) = found(sown, aws=True)
    assert "destination 'boxes' is bound to planted_source:box/1, but planted_connector thing.read acts on" in finding


def test_an_optional_agent_that_is_left_out_is_a_warning(sown):
    bound(sown, {})
    edit(sown, AGENT_AT, "    uses=", "    optional=True,\n    uses=")
    report = checked(sown, aws=True)
    assert report.findings == []
    assert [one.what for one in report.warnings] == [
        "is left out: it is optional, and destination 'boxes' is not bound"
    ]


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"mode": "prod"}, "3: mode 'prod': 'live' or 'test'"),
        ({"concurrency": 0}, "3: context concurrency: 0 is not a whole number from 1"),
        ({"sources": ["planted_sourec"]}, "4: there is no source 'planted_sourec' (did you mean planted_source?)"),
        ({"expected": {"nobody": ["a"]}}, "4: expected: there is no source 'nobody'"),
        ({"expected": {"planted_source": ["a"]}}, "4: expected: the secret of source planted_source serves one"),
        ({"destinations": {"boxes": "box"}}, "4: destination boxes: 'box' is not an entity like"),
        ({"destinations": 5}, "3: context destinations: 5 is not an object like"),
        ({"tenants": {"a": "b"}}, "4: tenants of a: 'b' is not an object like"),
        ({"stages": 5}, "3: stages 5: an object of stages by name"),
        ({"stage": "prod"}, "3: stage: name it with --stage or -c stage=…, not here"),
    ],
)
def test_a_wrong_setting_is_a_finding_with_its_line(sown, context, said):
    (sown.root / "cdk.json").write_text(json.dumps({"context": context}, indent=1))
    for aws in (True, False):
        lines = found(sown, aws=aws)
        assert len(lines) == 1 and lines[0].startswith(f"cdk.json:{said}"), lines


@pytest.mark.parametrize(
    ("text", "said"), [("{\n,}", "2: is not JSON: "), ("[]", "1: is not an object"), (None, "1: is m")]
)
def test_settings_that_cannot_be_read_are_a_finding(sown, text, said):
    (sown.root / "cdk.json").unlink()
    if text is not None:
        (sown.root / "cdk.json").write_text(text)
    (finding,) = found(sown)
    assert finding.startswith(f"cdk.json:{said}")


def test_a_given_setting_replaces_that_of_cdk_json(sown):
    bound(sown, {"destinations": {"boxes": "planted_source:box/1"}})
    assert found(sown, aws=True, given={"destinations": "boxes=planted_source:thing/1"}) == []


def test_a_name_that_is_too_long_for_its_role_is_a_finding(sown):
    sown.plant("connectors", name := "planted_" + "c" * 23, OPERATIONS.replace("planted_connector", name))
    sown.plant_agent("planted_agent", publishes=[], connector=name)
    (finding,) = found(sown)
    assert "is too long: with the region, a role's name has at most 64 characters" in finding
    assert finding.startswith(f"functions/providers/{name}/connector.py:")


def test_a_pattern_that_eventbridge_does_not_take_is_a_finding(sown):
    many = [f"thing.made.{'x' * 80}.{number}" for number in range(25)]
    sown.plant_agent(
        "planted_agent", publishes=[], subscribes="planted_source.unmapped", raw=many, operation="other.read"
    )
    assert [line for line in found(sown) if "characters of the event pattern of agent planted_agent: 2" in line]


def test_the_environment_of_the_local_stack_is_checked(sown, monkeypatch):
    monkeypatch.setenv("HOOKLINE_PORT", "http")
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_Example")
    assert [line.split(" ")[0] for line in found(sown)] == ["HOOKLINE_PORT='http'", "STRIPE_API_KEY"]
    assert found(sown, aws=True) == []


@pytest.mark.synth
def test_a_rule_on_the_bus_is_counted_as_the_templates_have_it(synthesize):
    from infra.limits import RULES_PER_BUS, check_limits
    from infra.refusals import RULES_OF_SERVICES
    from tests.infra.found import declared_project

    templates = {name: json.loads(text) for name, text in synthesize().items()}
    used = len(declared_project().agents) + RULES_OF_SERVICES
    assert used < RULES_PER_BUS
    (warning,) = [one for one in check_limits(templates, used) if one.startswith("rules on event bus hookline:")]
    assert f"{used} of {used}" in warning
