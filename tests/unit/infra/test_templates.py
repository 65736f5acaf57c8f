"""References in templates: resolved, or refused as unsupported."""

import json

import pytest

from infra.templates import UnknownInTemplate, read


def code(value):
    """The code of a function in a template, read."""
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": value}}}
    (found,) = read(json.dumps({"Resources": {"Function": function}}).encode())
    return found.properties["Code"]["S3Bucket"]


def test_the_bucket_of_the_functions_code_is_resolved():
    """CDK names it so in every template that is deployed; those of most tests hold no code."""
    bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    assert code(bucket) == "cdk-hnb659fds-assets-ACCOUNT-REGION"


@pytest.mark.parametrize(
    "value", [{"Fn::Sub": "${Other}"}, {"Fn::Sub": ["${a}", {"a": "b"}]}, {"Fn::ImportValue": "x"}]
)
def test_other_references_are_refused(value):
    with pytest.raises(UnknownInTemplate, match="an unsupported kind of reference"):
        code(value)
