"""Two stages, and two regions, in one account: no resource of one takes the name of another's."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.core.platform.errors import ManifestError
from functions.core.platform.stage import VARIABLE
from hookline.testing.example_settings import every_destination, every_tenant
from infra import naming
from infra.__main__ import enter_stage
from infra.deployable import every_flow
from infra.interpreters import ROOT
from infra.templates import NAMES, Deployed, read
from tests.infra.found import declared_project

pytestmark = pytest.mark.synth

# Names that are unique beyond a region: in an account for IAM, in the world for S3.
BEYOND_A_REGION = {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::S3::Bucket"}
MORE_NAMES = {"AWS::Events::Archive": "ArchiveName", "AWS::KMS::Alias": "AliasName"}
# AWS makes their names, or they are parts of a resource that has one.
WITHOUT_A_NAME = {
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::KMS::Key",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}


@pytest.fixture(scope="module")
def in_stage(templates, tmp_path_factory):
    """Synthesizes a stage as the CDK CLI does: in a process of its own, with everything that `templates` has."""
    project = declared_project()

    def synth(stage: str, stages: tuple[str, ...] = ("dev",)) -> tuple[Path, subprocess.CompletedProcess[str]]:
        context = {
            "bundle": "false",
            "stage": stage,
            "stages": {name: {} for name in stages},
            "sources": ",".join(project.sources),
            "destinations": every_destination(project),
            "tenants": every_tenant(project),
            "flows": ",".join(every_flow(project)),
        }
        folder = tmp_path_factory.mktemp("stage")
        given = {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false"}
        return folder, subprocess.run(
            [sys.executable, "-m", "infra"],
            cwd=ROOT,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )

    return synth


@pytest.fixture(scope="module")
def dev(in_stage):
    """The templates of the stage dev."""
    folder, done = in_stage("dev")
    assert done.returncode == 0, done.stderr
    return {file.name.removesuffix(".template.json"): file.read_bytes() for file in folder.glob("*.template.json")}


def names(templates):
    """The type and the name of each resource with a name of its own."""
    found = {
        (one.type, one.properties[property])
        for template in templates.values()
        for one in read(template)
        if (property := NAMES.get(one.type, ("", ""))[0] or MORE_NAMES.get(one.type)) in one.properties
    }
    assert found
    return found


def test_every_type_is_known_to_have_a_name_or_none(templates, dev):
    """A type that is new here must be looked up: a name that was overlooked would be a collision."""
    found = {one.type for all in (templates, dev) for template in all.values() for one in read(template)}
    assert found - NAMES.keys() - MORE_NAMES.keys() - WITHOUT_A_NAME == set()


def test_two_stages_share_no_name(templates, dev):
    assert names(templates) & names(dev) == set()
    assert len(names(templates)) == len(names(dev))


def test_two_stages_share_no_stack(templates, dev):
    assert set(templates) & set(dev) == set()
    assert set(dev) == {f"dev-{name}" for name in templates}


def test_two_regions_share_no_name_that_is_unique_beyond_a_region(templates):
    shared = {(type, name) for type, name in names(templates) if type in BEYOND_A_REGION and "REGION" not in name}
    assert shared == set()
    assert {type for type, _ in names(templates)} >= BEYOND_A_REGION


def test_no_stack_exports_a_value(templates, dev):
    """Exports are unique in an account and region."""
    for template in (*templates.values(), *dev.values()):
        assert [one for one in json.loads(template).get("Outputs", {}).values() if "Export" in one] == []


def test_every_function_knows_its_stage(deployed, dev):
    """The recorder and the drain recognize senders by it."""
    stages = {
        function.properties["Environment"]["Variables"].get(VARIABLE)
        for function in Deployed.of(dev).functions.values()
    }
    assert stages == {"dev"}
    assert [f for f in deployed.functions.values() if VARIABLE in f.properties["Environment"]["Variables"]] == []


def test_no_pattern_of_one_stage_matches_a_resource_of_another(deployed, dev):
    """In a policy or a boundary: the stages' blast radiuses do not touch."""
    others = {one.arn for template in dev.values() for one in read(template) if one.type in NAMES}
    assert others
    given = [*deployed.permissions, *deployed.boundary]
    # KMS keys have no names: the boundary allows signing with any, and one role names its own.
    touched = [str(p) for p in given if not p.action.startswith("kms:") and any(p.covers(arn) for arn in others)]
    assert touched == []


def test_a_stage_that_cdk_json_does_not_declare_is_refused_in_one_line(in_stage):
    _, done = in_stage("dve")
    assert (done.returncode, done.stderr.strip()) == (1, "stage 'dve' is not in cdk.json (did you mean dev?)")


REFUSED = r"stage '{}': a stage is 1 to 12 lower-case [^\n]*"


def test_a_stage_that_names_cannot_hold_is_refused_in_one_line(in_stage):
    _, done = in_stage("Dev", stages=("Dev",))
    assert done.returncode == 1
    assert re.fullmatch(REFUSED.format("Dev"), done.stderr.strip())


@pytest.mark.parametrize("stage", ["d-v", "2nd", "thirteenchars", "hookline"])
def test_each_stage_that_names_cannot_hold_is_refused(stage):
    """The test above shows that a process ends so."""
    with pytest.raises(SystemExit) as refused:
        enter_stage(stage)
    assert re.fullmatch(REFUSED.format(stage), str(refused.value))


def test_every_name_of_the_longest_stage_fits_what_aws_accepts():
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    added = len("twelveletter-")
    region = "r" * naming.LONGEST_REGION
    for bucket in (naming.bodies_bucket, naming.checkpoints_bucket, naming.records_bucket):
        assert len(bucket("1" * 12, region)) + added <= 63


def test_a_name_whose_role_would_be_too_long_is_refused():
    assert naming.require_fit(naming.connector("a" * 29))
    with pytest.raises(ManifestError, match="is too long"):
        naming.require_fit(naming.connector("a" * 30))
