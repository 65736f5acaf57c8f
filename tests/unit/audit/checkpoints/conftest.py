"""Fixtures of a trail with checkpoints."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.core.audit.append import Tables
from functions.core.platform.environment import CheckpointsEnvironment
from tests.unit.audit.checkpoints.trail import ARN, BUCKET, Account, Kms


@pytest.fixture
def kms() -> Kms:
    return Kms()


@pytest.fixture
def bucket(s3: Any) -> Any:
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return s3


@pytest.fixture
def write(start: Any, dynamodb: Any, bucket: Any, audit_tables: Tables, kms: Kms, sqs: Any) -> Callable[[], None]:
    """Wakes the service once."""
    environment = CheckpointsEnvironment(
        audit_queue_url="audit",
        audit_table=audit_tables.segments,
        chains_table=audit_tables.chains,
        checkpoints_bucket=BUCKET,
        signing_key=ARN,
    )
    clients = {"dynamodb": dynamodb, "s3": bucket, "kms": kms, "sqs": sqs}
    handler = start("functions.core.audit.handlers.checkpoints", environment, **clients)
    return lambda: handler({}, None)


@pytest.fixture
def account(dynamodb: Any, bucket: Any, kms: Kms, moto_client: Any) -> Account:
    return Account(dynamodb=dynamodb, s3=bucket, kms=kms, sts=moto_client("sts"))
