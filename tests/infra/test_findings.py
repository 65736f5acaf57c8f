"""cfn-lint, cdk-nag (AwsSolutions) and checkov find nothing in the templates but what is accepted with its reason.

Verifiers are alike, and take most of the tools' time. So these templates have those of some sources only, and a test
shows that the others do not differ from them.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hookline.testing.example_settings import every_destination, every_tenant
from infra import naming
from infra.interpreters import ROOT
from infra.templates import read
from tests.infra.accepted_findings import ACCEPTED, Finding
from tests.infra.found import declared_project

pytestmark = pytest.mark.synth

CHECKOV = ROOT / ".tools/checkov/bin/python"
SOURCES = ("intercom", "meta", "stripe")  # with a HEAD, with a GET, and with published addresses


@dataclass(frozen=True)
class Checked:
    """Templates in a folder, the paths of their constructs by file and logical id, and cdk-nag's report."""

    folder: Path
    paths: Mapping[tuple[str, str], str]
    report: Mapping[str, Any]


@pytest.fixture(scope="module")
def checked(synthesize: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The templates of all stacks, with the verifiers of SOURCES."""
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks

    from infra.app import build

    context = {
        "bundle": "false",
        "sources": ",".join(SOURCES),
        "destinations": every_destination(declared_project()),
        "tenants": every_tenant(declared_project()),
    }
    app = build({**context, "aws:cdk:enable-path-metadata": "true"})
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):  # for accepted findings too; the templates are written
        app.synth()
    folder, paths = tmp_path_factory.mktemp("templates"), {}
    for template in Path(app.outdir).glob("*.template.json"):
        shutil.copy(template, folder)
        for id, resource in json.loads(template.read_text())["Resources"].items():
            paths[template.name, id] = resource["Metadata"]["aws:cdk:path"]
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    shutil.rmtree(app.outdir)
    assert len({file for file, _ in paths}) > 6
    return Checked(folder, paths, report)


@pytest.fixture(scope="module")
def of_cdk_nag(checked: Checked) -> list[Finding]:
    (plugin,) = checked.report["pluginReports"]
    assert plugin["pluginName"] == "AwsSolutions"
    return [
        Finding(*_rule_and_detail(violation["ruleName"], construct["constructPath"]))
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


def _rule_and_detail(name: str, path: str) -> tuple[str, str, str]:
    """The rule, path and detail of "AwsSolutions-IAM5[Resource::*]"."""
    rule, _, detail = name.partition("[")
    return rule, path, detail.removesuffix("]")


@pytest.fixture(scope="module")
def of_cfn_lint(checked: Checked) -> list[Finding]:
    from cfnlint.config import ConfigMixIn  # takes two seconds
    from cfnlint.runner import Runner

    files = sorted(map(str, checked.folder.iterdir()))
    matches = list(Runner(ConfigMixIn([*files, "--include-checks", "I"])).run())
    return [
        Finding(one.rule.id, checked.paths.get((Path(one.filename).name, str(one.path[1])), one.filename), one.message)
        for one in matches
    ]


@pytest.fixture(scope="module")
def of_checkov(checked: Checked) -> list[Finding]:
    if not CHECKOV.is_file():
        pytest.fail("checkov is not installed: run 'make .tools/checkov/installed', or 'make test'", pytrace=False)
    script = ROOT / "tests/infra/run_checkov.py"
    said = subprocess.run([CHECKOV, script, checked.folder], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return [Finding(rule, checked.paths[file, id]) for rule, file, id in json.loads(said.stdout)]


def not_accepted(found: list[Finding]) -> list[str]:
    """The findings that nothing accepts."""
    return sorted(str(one) for one in found if not any(accepted.covers(one) for accepted in ACCEPTED))


def test_cfn_lint_finds_nothing_that_is_not_accepted(of_cfn_lint):
    assert not_accepted(of_cfn_lint) == []


def test_cdk_nag_finds_nothing_that_is_not_accepted(of_cdk_nag):
    assert not_accepted(of_cdk_nag) == []


def test_checkov_finds_nothing_that_is_not_accepted(of_checkov):
    assert not_accepted(of_checkov) == []


def test_every_accepted_finding_is_still_found(of_cfn_lint, of_cdk_nag, of_checkov):
    found = [*of_cfn_lint, *of_cdk_nag, *of_checkov]
    assert [str(one) for one in ACCEPTED if not any(one.covers(finding) for finding in found)] == []


def test_every_accepted_finding_has_its_reason():
    assert [str(one) for one in ACCEPTED if len(one.reason.split()) < 8] == []


def test_no_verifier_differs_from_those_that_are_checked(templates):
    shapes = {source: shape(templates, source) for source in declared_project().sources}
    assert len(shapes) > len(SOURCES)
    checked = [shapes[source] for source in SOURCES]
    assert [source for source, own in shapes.items() if own not in checked] == []


def shape(templates: Mapping[str, bytes], source: str) -> list[str]:
    """The resources of a source in the ingress stack, without its name, its tags and generated ids."""
    id = source.replace("_", "")  # as CDK writes it
    own = re.compile(rf"(Verifier|Secret|webhooks){id}(?![a-z])")
    found = [resource for resource in read(templates[f"{naming.PREFIX}-ingress"]) if own.search(resource.id)]
    assert len(found) > 5, source
    texts = [
        json.dumps({**one.properties, "Tags": [], "PolicyName": "", "": one.type}, sort_keys=True) for one in found
    ]
    named = re.compile(rf"(?<![a-z_]){source}(?![a-z_])|(?<=integrations/)\w+")
    return sorted(named.sub("SOURCE", text) for text in texts)
