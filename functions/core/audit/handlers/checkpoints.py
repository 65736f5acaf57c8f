"""The Lambda handler of the checkpoints service, invoked on a schedule."""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.core.audit.checkpoint import gone_back, make, object_key, signed_text
from functions.core.audit.checkpoint_bucket import Bucket
from functions.core.audit.heads import read_heads
from functions.core.audit.records import Audit, sqs_sender
from functions.core.platform import aws
from functions.core.platform.canonical import digest
from functions.core.platform.environment import CheckpointsEnvironment
from functions.core.platform.errors import PermanentError
from functions.core.platform.log import log
from functions.core.platform.times import rfc3339

LONGEST_SIGNATURE = 72  # bytes: the longest that P-256 makes, in DER
environment = CheckpointsEnvironment.read()
audit = Audit("service.checkpoints", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)


def handler(payload: Any, context: Any) -> None:
    """Write the next checkpoint. Raises PermanentError, once, if a chain does not extend its head in the last one."""
    previous = bucket.last()
    heads = read_heads(aws.client("dynamodb"), environment.heads_table)
    checkpoint = make(previous, heads, rfc3339(time.time()), environment.signing_key, sign)
    if not bucket.put(checkpoint):
        log.info("written by another run", number=checkpoint["number"])
        return
    kept = object_key(checkpoint["number"])
    audit.record("checkpointed", resource=kept, digests={"checkpoint": digest(checkpoint)})
    # It is signed nevertheless, for the other chains; the two checkpoints together are the evidence.
    broken = gone_back(previous, heads)
    if broken:
        audit.record("failed", resource=kept, reason=f"changed since the last checkpoint: {', '.join(broken)}")
    audit.flush()
    if broken:
        raise PermanentError(f"the chains of {', '.join(broken)} changed since the last checkpoint")


def sign(text: bytes) -> bytes:
    """The signature of the text by the key in KMS."""
    signature: bytes = aws.client("kms").sign(**signing(text))["Signature"]
    return signature


def is_signed(checkpoint: Mapping[str, Any]) -> bool:
    """Whether the signature of `checkpoint` is by the key in KMS."""
    try:
        signature = base64.b64decode(checkpoint["signature"], validate=True)
    except ValueError:
        return False
    if not 0 < len(signature) <= LONGEST_SIGNATURE:  # KMS refuses these with other errors
        return False
    try:
        aws.client("kms").verify(Signature=signature, **signing(signed_text(checkpoint)))
    except ClientError as error:
        if error.response["Error"]["Code"] != "KMSInvalidSignatureException":
            raise
        return False
    return True


def signing(text: bytes) -> dict[str, Any]:
    """The parameters of a signature for KMS. It signs a digest, because KMS takes messages of at most 4 KB."""
    return {
        "KeyId": environment.signing_key,
        "Message": hashlib.sha256(text).digest(),
        "MessageType": "DIGEST",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }


bucket = Bucket(aws.client("s3"), environment.checkpoints_bucket, is_signed)
