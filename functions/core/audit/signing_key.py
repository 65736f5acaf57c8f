"""The KMS key that signs checkpoints. KMS signs digests, because it takes messages of at most 4 KB.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.core.audit.checkpoint import signed_text

LONGEST_SIGNATURE = 72  # bytes: the longest that P-256 makes, in DER


@dataclass(frozen=True)
class SigningKey:
    """The key with the ARN `arn`; `kms` is a client of KMS."""

    kms: Any
    arn: str

    def sign(self, text: bytes) -> bytes:
        """The signature of `text`, in DER."""
        signature: bytes = self.kms.sign(**self._parameters(text))["Signature"]
        return signature

    def is_signed(self, checkpoint: Mapping[str, Any]) -> bool:
        """Whether the signature of `checkpoint` is by this key."""
        try:
            signature = base64.b64decode(checkpoint["signature"], validate=True)
        except ValueError:
            return False
        if not 0 < len(signature) <= LONGEST_SIGNATURE:  # KMS refuses these with other errors
            return False
        try:
            self.kms.verify(Signature=signature, **self._parameters(signed_text(checkpoint)))
        except ClientError as error:
            if error.response["Error"]["Code"] != "KMSInvalidSignatureException":
                raise
            return False
        return True

    def _parameters(self, text: bytes) -> dict[str, Any]:
        return {
            "KeyId": self.arn,
            "Message": hashlib.sha256(text).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
