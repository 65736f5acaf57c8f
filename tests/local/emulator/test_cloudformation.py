"""CloudFormation: secrets and buckets as a stack creates them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hookline.local.emulator import Emulator

pytestmark = pytest.mark.local


@pytest.fixture
def deploy(emulator: Emulator, eventually: Callable[..., Any]) -> Callable[..., None]:
    """Creates a stack with one resource, and waits until it is complete."""

    def create(stack: str, type: str, **properties: Any) -> None:
        stacks = emulator.client("cloudformation")
        template = {"Resources": {"Only": {"Type": type, "Properties": properties}}}
        stacks.create_stack(StackName=stack, TemplateBody=json.dumps(template))

        def complete() -> bool:
            return stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"

        eventually(complete, f"the stack {stack} complete")

    return create


def test_a_secret_created_without_a_value_has_none(emulator: Emulator, deploy: Callable[..., None]) -> None:
    deploy("secret", "AWS::SecretsManager::Secret", Name="empty")
    secrets = emulator.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="empty")
    secrets.put_secret_value(SecretId="empty", SecretString="whsec")
    assert secrets.get_secret_value(SecretId="empty")["SecretString"] == "whsec"


def test_a_bucket_created_with_an_object_lock_keeps_every_version(
    emulator: Emulator, deploy: Callable[..., None]
) -> None:
    retention = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}}, "ObjectLockEnabled": "Enabled"}
    deploy(
        "locked",
        "AWS::S3::Bucket",
        BucketName="locked",
        ObjectLockEnabled=True,
        ObjectLockConfiguration=retention,
        VersioningConfiguration={"Status": "Enabled"},
    )
    s3 = emulator.client("s3")
    first = s3.put_object(Bucket="locked", Key="one", Body=b"first", IfNoneMatch="*")["VersionId"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="locked", Key="one", Body=b"second", IfNoneMatch="*")
    s3.delete_object(Bucket="locked", Key="one")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="locked", Key="one", VersionId=first, BypassGovernanceRetention=True)
    assert s3.get_object(Bucket="locked", Key="one", VersionId=first)["Body"].read() == b"first"
