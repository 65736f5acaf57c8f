"""Fixtures of a trail with checkpoints."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.core.audit.append import Chains
from functions.core.platform.environment import CheckpointsEnvironment
from infra import naming
from tests.unit.audit.checkpoints.trail import ARN, BUCKET, Account, Kms


@pytest.fixture
def kms() -> Kms:
    return Kms()


@pytest.fixture
def chains(dynamodb: Any, table: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Chains:
    monkeypatch.setattr(naming, "AUDIT_TABLE", "audit")
    monkeypatch.setattr(naming, "HEADS_TABLE", "heads")
    return Chains(dynamodb, table("audit"), table("heads"))


@pytest.fixture
def bucket(s3: Any) -> Any:
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return s3


@pytest.fixture
def write(start: Any, dynamodb: Any, bucket: Any, chains: Chains, kms: Kms, sqs: Any) -> Callable[[], None]:
    """Wakes the service once."""
    environment = CheckpointsEnvironment(
        audit_queue_url="audit", heads_table="heads", checkpoints_bucket=BUCKET, signing_key=ARN
    )
    clients = {"dynamodb": dynamodb, "s3": bucket, "kms": kms, "sqs": sqs}
    handler = start("functions.core.audit.handlers.checkpoints", environment, **clients)
    return lambda: handler({}, None)


@pytest.fixture
def account(dynamodb: Any, bucket: Any, kms: Kms, moto_client: Any) -> Account:
    return Account(dynamodb=dynamodb, s3=bucket, kms=kms, sts=moto_client("sts"))
