"""The audit trail on the deployed local stack: checkpoints that nobody can remove, and an export that verifies."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from infra import naming

pytestmark = pytest.mark.local

BUCKET = naming.checkpoints_bucket(ACCOUNT, REGION)


@pytest.fixture
def checkpoint(stack: LocalStack) -> Callable[[], Any]:
    """Has the checkpoints service write one, as its schedule would."""

    def write() -> dict[str, Any]:
        answer = stack.client("lambda").invoke(FunctionName=naming.service("checkpoints"), Payload="{}")
        said = answer["Payload"].read()
        assert "FunctionError" not in answer, said
        s3 = stack.client("s3")
        newest = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["Contents"][0]["Key"]
        return json.loads(s3.get_object(Bucket=BUCKET, Key=newest)["Body"].read())

    return write


def test_no_version_of_a_checkpoint_can_be_deleted(stack: LocalStack, checkpoint: Callable[[], Any]) -> None:
    checkpoint()
    s3 = stack.client("s3")
    (version, *_) = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    for bypass in (False, True):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(
                Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"], BypassGovernanceRetention=bypass
            )
