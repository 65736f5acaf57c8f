"""A finding in an agent's policy.cedar fails the synth, with its file, its line and the remedy."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.arguments import Flag, Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.errors import ManifestError
from hookline.local.toolchain import search_path
from hookline.validation.discovery import FUNCTIONS, discover
from hookline.validation.policies import check_policy
from hookline.validation.policy_schema import acts_of, schema
from infra.bundling import ROOT
from tests.declared import PROJECT

WHERE = "functions/agents/fraud/policy.cedar"
CHARGE = '@id("charge") permit (principal, action == stripe::Action::"charge.retrieve", resource);'
REVIEW = '@id("review") permit (principal, action == stripe::Action::"review.approve", resource);'
TIMELINE = '@id("timeline") permit (principal, action == context::Action::"timeline.read", resource)'
READ = '@id("state") permit (principal, action == stripe::Action::"review.retrieve", resource);'
GOOD = f"// line 1\n{CHARGE}\n{REVIEW} {READ}\n{TIMELINE};\n"


SCHEMA = """
entity Agent;
entity Entity;
namespace shop {
  entity order;
  action "any.read" appliesTo {
    principal: [Agent],
    resource: [Entity],
    context: { arguments: { entity: __cedar::String }, destination?: __cedar::String }
  };
  action "order.note" appliesTo {
    principal: [Agent],
    resource: [shop::order],
    context: {
      arguments: { loud?: __cedar::Bool, order: __cedar::String, text: __cedar::String }, destination?: __cedar::String
    }
  };
  action "order.read" appliesTo {
    principal: [Agent],
    resource: [shop::order],
    context: { arguments: { limit?: __cedar::Long, order: __cedar::String }, destination?: __cedar::String }
  };
}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what discovery and synth read."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("functions", "hookline", "infra", "requirements"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "fixtures"))
    return root


@pytest.fixture
def findings(tree):
    """Returns the findings in the fraud agent's policies, without the file name; discovery has them too (see below)."""

    def say(text):
        (tree / WHERE).write_text(text)
        found = check_policy(PROJECT.agents["fraud"], PROJECT.connectors, tree / "functions/agents")
        return [str(one).removeprefix(f"{WHERE}:") for one in sorted({*found})]

    return say


def only_about_timelines(condition):
    """Policies, the third with this condition; it starts on line 5."""
    return f"{CHARGE}\n{REVIEW}\n{TIMELINE}\nwhen {{\n{condition}\n}};"


def test_the_schema_has_principals_actions_resources_and_the_types_of_arguments():
    shop = ConnectorManifest(
        name="shop",
        owner="tests",
        operations=[
            Operation("order.read", kind="read", entity="shop:order/{order}", takes={"limit": Number()}),
            Operation(
                "order.note",
                kind="effect",
                entity="shop:order/{order}",
                takes={"text": Text(), "loud": Flag()},
                needs=["text"],
                idempotency="natural",
            ),
            Operation("any.read", kind="read", entity="{entity}"),
        ],
    )
    assert "".join(str(schema(acts_of([shop]))).split()) == "".join(SCHEMA.split())


def test_every_operation_of_every_connector_is_in_the_schema():
    acts = acts_of(PROJECT.connectors.values())
    text = str(schema(acts))
    assert acts and [act for act in acts if f'action "{act.operation.name}" appliesTo' not in text] == []


def test_a_good_policy_has_no_findings(findings):
    assert findings(GOOD) == []


@pytest.mark.parametrize(
    ("condition", "line", "said"),
    [
        ('context.arguments.entiti == "x"', 5, "attribute `arguments.entiti` in context"),
        ('context.arguments.entity\n== "x" &&\ncontext.argument.entity == "y"', 7, "did you mean context.arguments?"),
        ('context.arguments.entity == "x" &&\ncontext.arguments.entity > 5', 6, "expected Long but saw String"),
        ('context.arguments.entity == "x" ||\ncontext.arguments.entity == 5', 6, "Long and String are not compatible"),
        ("context.arguments.limit < 5", 5, "write 'context.arguments has limit &&' before it"),
        ("context.arguments has limt &&\ncontext.arguments.limt < 5", 5, "did you mean context.arguments.limit?"),
        ('"a;b" == "a;b" // ;\n&& context has limit', 6, "did you mean context.arguments.limit?"),
        ('resource is Entiti || "//" == "x"', 5, "unrecognized entity type `Entiti` (did you mean Entity?)"),
        ("1 +\n2 ==\n}", 7, "unexpected token `}`"),
        ('context.arguments.entity == "x\n', 5, "is a '\"' missing?"),
        ('context.arguments.entity\n= "x"', 6, "'=' is not a valid operator"),
        ("true &&\n99999999999999999999 > 1", 6, "number too large"),
        ('true &&\ncontext.arguments.entity.startsWith("x")', 6, "`startsWith` is not a valid method"),
        ("contxt.arguments.entity == 5", 5, "`contxt` has no fields"),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) and " " in value else None,
)
def test_a_finding_in_a_condition_is_reported_with_its_line(findings, condition, line, said):
    (finding,) = findings(only_about_timelines(condition))
    assert finding.startswith(f"{line}: ") and said in finding


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        ('"charge.retrieve"', '"charge.retreive"', 2, 'did you mean stripe::Action::"charge.retrieve"?'),
        (
            '"charge.retrieve"',
            '"refund.list"',
            2,
            "the manifest does not declare 'refund.list'; add it to uses",
        ),
        (
            '"review.approve", resource',
            '"review.approve", resource is stripe::charge',
            3,
            "has this action and resource",
        ),
        (
            '"review.approve", resource',
            '"review.approve", resource is stripe::reviw',
            3,
            "did you mean stripe::review?",
        ),
        ("permit (principal", 'permit (principal == Agent::"frud"', 2, 'this file is for Agent::"fraud"'),
        ("permit (principal", "permit (principal == ?principal", 2, "a template has no effect"),
        ("permit", "permitt", 2, "invalid policy effect: permitt"),
        (");", ")", 3, "unexpected token `@`: is a ';' missing before it?"),
        ("resource);\n@id", "resource)\nwehn { true };\n@id", 3, "invalid policy condition: wehn"),
        ('@id("review")', "", 3, 'a policy without @id("…")'),
        ('@id("review")', "@id", 3, "@id ''"),
        ('@id("review")', '@id("charge")', 3, '@id("charge") is already the id of the policy on line 2'),
        ('@id("review")', '@id("review")\n@aks', 4, "@aks is none of @id, @ask, @approvers, @shadow"),
        ('@id("review")', '@id("review")\n@ask("a person")', 4, "@ask takes no value"),
        ('@id("review")', '@id("review")\n@approvers("2")', 4, "@approvers without @ask"),
        ('@id("review")', '@id("review")\n@ask\n@approvers("0")', 5, "@approvers '0'"),
        ('@id("review") permit', '@id("review") @ask forbid', 3, "@ask on a forbid"),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else None,
)
def test_a_finding_in_a_policys_head_is_reported_with_its_line(findings, right, wrong, line, said):
    assert right in GOOD
    (finding,) = findings(GOOD.replace(right, wrong, 1))
    assert finding.startswith(f"{line}: ") and said in finding


@pytest.mark.parametrize(
    "text",
    [
        *("", "// nothing\n", GOOD.replace(CHARGE, ""), GOOD.replace(CHARGE, CHARGE.replace("permit", "forbid"))),
        GOOD.replace(CHARGE, f"@shadow {CHARGE}"),
    ],
)
def test_an_operation_that_is_declared_and_never_permitted_is_a_finding(findings, text):
    charge = 'no policy permits stripe::Action::"charge.retrieve"'
    assert [finding for finding in findings(text) if finding.startswith(f"1: {charge}")]


@pytest.mark.parametrize(
    "head",
    [
        "principal, action, resource",
        'principal is Agent, action in [stripe::Action::"charge.retrieve"], resource is stripe::charge',
        'principal == Agent::"fraud", action in stripe::Action::"charge.retrieve", resource == stripe::charge::"ch_1"',
    ],
)
def test_an_operation_may_be_permitted_by_any_head_that_covers_it(findings, head):
    assert findings(GOOD.replace(CHARGE, f'@id("charge") permit ({head});')) == []


def test_the_last_policy_needs_its_semicolon(findings):
    assert findings(GOOD.rstrip(";\n") + "\n\n") == ["4: the last policy does not end: is a ';' missing?"]


def test_a_file_that_is_not_utf_8_is_a_finding(tree):
    (tree / WHERE).write_bytes(b"\xff\xfe")
    with pytest.raises(ManifestError, match=f"(?m)^{WHERE}:1: is not UTF-8 text$"):
        discover(tree / "functions")


def test_all_findings_of_all_policies_are_reported_together_and_by_discovery(findings, tree):
    text = GOOD.replace('@id("charge")', "").replace('"review.approve"', '"review.aprove"')
    found = findings(f"{text}\npermit )")
    assert [finding.partition(":")[0] for finding in found] == ["2", "3", "6"]
    with pytest.raises(ManifestError) as refused:
        discover(tree / "functions")
    assert str(refused.value).splitlines()[1:] == [f"{WHERE}:{finding}" for finding in found]


# The agent of each page that shows a policy, and what its policy is about.
SHOWN = {
    "docs/policies.md": ("care", Use("stripe", ["refund.create"], reason="to be shown")),
    "docs/destinations.md": ("announcer", Use("slack", ["message.post"], to=["alerts"], reason="to be shown")),
    "docs/tutorial.md": ("announcer", Use("slack", ["message.post"], to=["alerts"], reason="to be shown")),
}


def policies_of(page):
    """The policies in Cedar that a page shows."""
    return re.findall(r"```cedar\n(.+?)```", (ROOT / page).read_text(), re.DOTALL)


def test_every_page_that_shows_a_policy_is_known():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert {page for path in pages if policies_of(page := path.relative_to(ROOT).as_posix())} == {*SHOWN}


@pytest.mark.parametrize("page", SHOWN)
def test_the_policies_in_the_documentation_are_valid(tmp_path, page):
    shown = "\n".join(policies_of(page))  # all that a page shows is one file
    name, use = SHOWN[page]
    (tmp_path / name).mkdir()
    (tmp_path / name / "policy.cedar").write_text(shown)
    agent = AgentManifest(
        name=name,
        owner="tests",
        purpose="Be shown",
        subscribes=[Subscription("payment.succeeded", sources=["webhook.stripe"])],
        uses=[use],
    )
    assert check_policy(agent, PROJECT.connectors, tmp_path) == []


@pytest.mark.synth
def test_a_typo_fails_cdk_synth_with_file_and_line_and_without_a_traceback(tree):
    (tree / WHERE).write_text((FUNCTIONS.parent / WHERE).read_text().replace("charge.retrieve", "charge.retreive"))
    done = subprocess.run(
        [sys.executable, "-m", "infra"],
        cwd=tree,
        env={"PATH": search_path(os.environ), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "functions/ has findings:",
            f'{WHERE}:7: unrecognized action `stripe::Action::"charge.retreive"` '
            '(did you mean stripe::Action::"charge.retrieve"?)',
        ],
    )
