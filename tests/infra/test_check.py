"""hookline check: everything that would be refused is found in one round, with file and line."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookline.operator.check import check
from hookline.operator.errors import UnknownName
from infra.interpreters import ROOT
from tests.infra.garden import planted_garden
from tests.infra.sown import AGENT_AT, CODE_AT, POLICY_AT, PROVIDER, checked, edit, found, sow


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
        Use("Planted", ["Thing"],
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


def test_names_limit_the_findings_to_those_folders(sown):
    edit(sown, AGENT_AT, '"tests"', '""')
    edit(sown, f"{PROVIDER}/source.py", '"nowhere"', "''")
    assert len(found(sown)) == 2
    assert [line.partition(":")[0] for line in found(sown, "planted_agent")] == [AGENT_AT]
    assert [line.partition(":")[0] for line in found(sown, "planted_source")] == [f"{PROVIDER}/source.py"]


def test_an_unknown_name_is_refused_with_the_nearest(sown):
    with pytest.raises(UnknownName, match="there is no agent or provider 'planted_agnet' .did you mean planted_agent"):
        checked(sown, "planted_agnet")


def test_what_the_users_code_prints_is_not_in_the_output(sown, capsys):
    edit(sown, f"{PROVIDER}/translate.py", "def translate", "print('here')\n\n\ndef translate")
    assert found(sown) == []
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "here\n")


def test_it_imports_neither_cdk_nor_an_aws_client_nor_moto():
    code = "import sys; from hookline.operator.check import check; check(); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "hookline" in loaded and "cedarpy" in loaded
    assert loaded & {"aws_cdk", "boto3", "botocore", "constructs", "jsii", "moto"} == set()
