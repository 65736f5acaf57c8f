"""hookline check: everything that would be refused or could never act, in one round, with file and line."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events.catalogue import model_of
from hookline.operator.check import Place, check
from hookline.operator.errors import UnknownName
from infra.interpreters import ROOT
from tests.infra.garden import SOURCE, planted_garden

AGENT_AT = "functions/agents/planted_agent/manifest.py"
CODE_AT = "functions/agents/planted_agent/agent.py"
POLICY_AT = "functions/agents/planted_agent/policy.cedar"
PROVIDER = "functions/providers/planted_source"
EXAMPLE = dict(model_of("payment.succeeded").example)
TRANSLATES = """\
    translates={"thing.made": "payment.succeeded", "thing.kept": "payment.held"},
    pings=["ping"],
    address_check="a ping",
    names={"thing": "what the delivery is about"},
)"""
TRANSLATE = """\
from functions.api.source import RawEvent, Translation


def translate(raw_event: RawEvent) -> Translation | None:
    if raw_event.raw_type != "thing.made":
        return None
    about = f"planted_source:thing/{raw_event.body['id']}"
    return Translation("payment.succeeded", about, [about], raw_event.body["data"])
"""
MADE = {"type": "thing.made", "id": "1Example", "data": EXAMPLE}
OPERATIONS = """\
MANIFEST = ConnectorManifest(name="planted_connector", owner="tests", operations=[
    Operation("thing.read", kind="read", entity="planted_source:thing/{thing}"),
    Operation("box.read", kind="read", entity="planted_source:box/{box}"),
    Operation("other.read", kind="read", entity="{entity}"),
])"""


@pytest.fixture
def sown(garden, tmp_path):
    """A garden in which a source translates, and an agent that can act."""
    return sow(garden)


def sow(garden):
    source = SOURCE.format(name="planted_source").replace("    address_check=None,\n)", TRANSLATES)
    garden.plant("sources", "planted_source", source, translate=TRANSLATE)
    garden.plant("connectors", "planted_connector", OPERATIONS)
    fixture(garden, "thing_made__ordinary", MADE)
    garden.plant_agent("planted_agent", publishes=[])
    (garden.root / "cdk.json").write_text("{}")
    return garden


def fixture(garden, name, body):
    folder = garden.root / "providers/planted_source/fixtures"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(body))


def place(garden):
    return Place(garden.root, garden.root, garden.root / "state")


def checked(garden, *names, **options):
    return check(names, place=place(garden), **options)


def found(garden, *names, **options):
    return [str(one) for one in checked(garden, *names, **options).findings]


def warned(garden, **options):
    return [str(one) for one in checked(garden, **options).warnings]


def edit(garden, file, old, new):
    path = garden.root / file.removeprefix("functions/")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_project_itself_has_no_findings():
    report = check()
    assert report.findings == []
    assert min(report.checked.values()) > 1


def test_what_is_sown_has_neither_findings_nor_warnings(sown):
    report = checked(sown)
    assert (report.findings, report.warnings) == ([], [])
    assert report.checked["agents"] == 1 and report.checked["providers"] == 2


MANIFEST = """\
MANIFEST = AgentManifest(
    name="planted_agent",
    owner="",
    purpose="Be found",
    subscribes=[
        Subscription("payment.succeeded", sources=["webhok.planted_source", "webhook.planted_source"]),
        Subscription("Payment", sources=["webhook.planted_source"]),
    ],
    publishes="payment.held",
    uses=[
        Use("Planted", ["thing"],
            reason=" "),
        Use("planted_connector", ["thing.read"], reson="to be checked"),
        Use("planted_connector", ["box.read"]),
    ],
    budget=Budget(
        seconds=0,
        hops=-1,
        usd_per_event="free",
    ),
)"""


def test_every_mistake_in_one_manifest_is_a_finding_on_its_own_line(sown):
    sown.plant("agents", "planted_agent", MANIFEST)
    assert [line.removeprefix(f"{AGENT_AT}:").split(":")[0] for line in found(sown)] == [
        *("6", "9", "10", "12", "14", "14", "15", "16", "17", "20", "21", "22")
    ]


def test_mistakes_in_all_files_of_an_agent_are_reported_in_one_round(sown):
    edit(sown, AGENT_AT, '"tests"', '""')
    edit(sown, CODE_AT, "...", "tools.planted_connector.thing_reed(thing='1')")
    edit(sown, POLICY_AT, "action, resource", 'action == planted_connector::Action::"thing.made", resource')
    assert [line.partition(": ")[0] for line in found(sown)] == [
        f"{CODE_AT}:1",
        f"{AGENT_AT}:6",
        f"{POLICY_AT}:1",
    ]


def test_a_manifest_that_cannot_run_hides_neither_code_nor_policy(sown):
    sown.plant("agents", "planted_agent", "MANIFEST = AgentManifets()", agent="import os\n")
    edit(sown, POLICY_AT, '@id("planted") ', "")
    assert [line.partition(": ")[0] for line in found(sown)] == [
        f"{CODE_AT}:1",
        f"{CODE_AT}:1",
        f"{AGENT_AT}:4",
        f"{POLICY_AT}:1",
    ]


def test_the_same_findings_are_found_again_in_the_same_process(sown):
    edit(sown, AGENT_AT, '"tests"', '""')
    assert len(found(sown)) == 1
    assert found(sown) == found(sown)


# Each changes one file of what is sown, and is one finding, whatever else is changed.
MISTAKES = {
    "owner": (AGENT_AT, 'owner="tests"', 'owner=""', f"{AGENT_AT}:6: agent 'planted_agent' owner ''"),
    "purpose": (AGENT_AT, '"Be found"', "None", f"{AGENT_AT}:7: agent 'planted_agent' purpose None"),
    "publishes": (AGENT_AT, "publishes=[]", "publishes=['payment.imagined']", f"{AGENT_AT}:9: publishes 'payment.im"),
    "reason": (AGENT_AT, 'reason="to be checked"', "reson=''", f"{AGENT_AT}:10: Use has no 'reson'"),
    "field": (AGENT_AT, "    purpose", "    purpos", f"{AGENT_AT}:7: AgentManifest has no 'purpos'"),
    "budget": (AGENT_AT, "    owner", "    budget=Budget(hops=-1), owner", f"{AGENT_AT}:6: budget hops -1"),
    "code": (CODE_AT, "...", "tools.budgett", f"{CODE_AT}:1: calls tools.budgett, which the manifest does not use"),
    "policy": (POLICY_AT, "principal,", 'principal == Agent::"other",', f'{POLICY_AT}:1: Agent::"other" is another'),
    "source": (f"{PROVIDER}/source.py", '"nowhere"', "''", f"{PROVIDER}/source.py:8: source 'planted_source' secret"),
    "ping": (f"{PROVIDER}/source.py", '"a ping"', "None", f"{PROVIDER}/source.py:14: source 'planted_source' has pi"),
    "translate": (
        f"{PROVIDER}/translate.py",
        "translate(raw_event:",
        "translates(raw_event:",
        f"{PROVIDER}/translate.",
    ),
    "setting": ("cdk.json", "{}", '{"context": {\n"mode": "prod"\n}}', "cdk.json:2: mode 'prod'"),
}
APART = {"purpose", "field"}  # of the same field


@settings(max_examples=25, derandomize=True, deadline=None)
@given(names=st.sets(st.sampled_from(sorted(MISTAKES)), min_size=1))
def test_of_any_mistakes_together_each_shows_exactly_once(names):
    names = names - {"field"} if names >= APART else names
    with (
        TemporaryDirectory() as root,
        pytest.MonkeyPatch.context() as patch,
        planted_garden(Path(root), patch) as garden,
    ):
        sow(garden)
        for name in sorted(names):
            file, old, new, _ = MISTAKES[name]
            edit(garden, file, old, new)
        lines = found(garden)
    expected = {name: MISTAKES[name][3] for name in names}
    shown = {name: [line for line in lines if line.startswith(said)] for name, said in expected.items()}
    assert {name: len(these) for name, these in shown.items()} == dict.fromkeys(names, 1), "\n".join(lines)
    assert len(lines) == len(names), "\n".join(lines)


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


def test_names_limit_the_findings_to_those_folders(sown):
    edit(sown, AGENT_AT, '"tests"', '""')
    edit(sown, f"{PROVIDER}/source.py", '"nowhere"', "''")
    assert len(found(sown)) == 2
    assert [line.partition(":")[0] for line in found(sown, "planted_agent")] == [AGENT_AT]
    assert [line.partition(":")[0] for line in found(sown, "planted_source")] == [f"{PROVIDER}/source.py"]


def test_an_unknown_name_is_refused_with_the_nearest(sown):
    with pytest.raises(UnknownName, match="there is no agent or provider 'planted_agnet' .did you mean planted_agent"):
        checked(sown, "planted_agnet")


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


def test_it_imports_neither_cdk_nor_an_aws_client_nor_moto():
    code = "import sys; from hookline.operator.check import check; check(); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "hookline" in loaded and "cedarpy" in loaded
    assert loaded & {"aws_cdk", "boto3", "botocore", "constructs", "jsii", "moto"} == set()
