"""The checkpoints service, invoked on a schedule."""

from typing import Any

from functions.core.audit.checkpoint import make, object_key, regressed_chains
from functions.core.audit.checkpoint_bucket import Bucket
from functions.core.audit.heads import read_heads
from functions.core.audit.records import audit_of
from functions.core.audit.signing_key import SigningKey
from functions.core.platform.canonical import digest
from functions.core.platform.environment import CheckpointsEnvironment
from functions.core.platform.errors import PermanentError
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform
from functions.core.platform.times import rfc3339


def start(platform: Platform) -> Handler:
    """The handler of the checkpoints service."""
    environment = CheckpointsEnvironment.read(platform.environ)
    audit = audit_of(platform, "service.checkpoints", environment)
    dynamodb = platform.client("dynamodb")
    key = SigningKey(platform.client("kms"), environment.signing_key)
    bucket = Bucket(platform.client("s3"), environment.checkpoints_bucket, key.is_signed)

    def handler(payload: Any, context: Any) -> None:
        """Write the next checkpoint. Raises PermanentError if a chain does not extend its head in the last one."""
        previous = bucket.last()
        heads = read_heads(dynamodb, environment.chains_table, environment.audit_table)
        checkpoint = make(previous, heads, rfc3339(platform.clock()), key.arn, key.sign)
        if not bucket.put(checkpoint):
            log.info("written by another run", number=checkpoint["number"])
            return
        kept = object_key(checkpoint["number"])
        audit.record("checkpointed", resource=kept, digests={"checkpoint": digest(checkpoint)})
        # It is signed nevertheless, for the other chains; the two checkpoints together are the evidence.
        broken = regressed_chains(previous, heads)
        if broken:
            audit.record("failed", resource=kept, reason=f"changed since the last checkpoint: {', '.join(broken)}")
        audit.flush()
        if broken:
            raise PermanentError(f"the chains of {', '.join(broken)} changed since the last checkpoint")

    return handler
