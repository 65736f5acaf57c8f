"""The account and region of an operator's command."""

import pytest

from hookline.operator.account import AwsAccount


@pytest.mark.parametrize(
    ("region", "variables", "used"),
    [
        (None, {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, "eu-west-1"),
        (None, {"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        ("eu-north-1", {"AWS_REGION": "eu-west-1"}, "eu-north-1"),
    ],
)
def test_a_command_works_in_the_region_in_which_the_cdk_cli_deploys(monkeypatch, region, variables, used):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert AwsAccount(region=region).client("sqs").meta.region_name == used
