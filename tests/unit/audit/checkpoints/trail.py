"""A trail with checkpoints, in moto's AWS: what the tests of this folder share beside their fixtures."""

from typing import Any

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.core.audit.append import Chains
from hookline.operator.audit import stored
from hookline.operator.audit.signing_keys import from_pem
from infra import naming

BUCKET = naming.checkpoints_bucket("123456789012", "us-east-1")
ARN = "arn:aws:kms:us-east-1:123456789012:key/made-up"
A, B = "agent.fraud", "connector.stripe"


class Kms:
    """A KMS with one key, which signs digests; moto's signs a digest as if it were a message."""

    def __init__(self) -> None:
        self.key = ec.derive_private_key(4711, ec.SECP256R1())

    def verify(
        self, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str, Signature: bytes
    ) -> dict[str, Any]:
        assert (KeyId, MessageType, SigningAlgorithm) == (ARN, "DIGEST", "ECDSA_SHA_256")
        try:
            self.key.public_key().verify(Signature, Message, ec.ECDSA(Prehashed(SHA256())))
        except InvalidSignature:
            raise ClientError({"Error": {"Code": "KMSInvalidSignatureException"}}, "Verify") from None
        return {"SignatureValid": True}

    def sign(self, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:
        assert (KeyId, MessageType, SigningAlgorithm) == (ARN, "DIGEST", "ECDSA_SHA_256")
        return {"Signature": self.key.sign(Message, ec.ECDSA(Prehashed(SHA256())))}

    def get_public_key(self, KeyId: str) -> dict[str, Any]:
        assert KeyId == naming.CHECKPOINT_KEY
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"KeyId": ARN, "PublicKey": der}


class Account:
    """The account that the clients of these tests are of."""

    url = ""

    def __init__(self, **clients: Any) -> None:
        self._clients = clients

    def client(self, service: str) -> Any:
        return self._clients[service]


def record(identity: str, number: int) -> dict[str, Any]:
    at = f"2026-09-21T12:00:{number:02}.000000Z"
    return {"id": f"{identity}-{number}", "at": at, "identity": identity, "kind": "decided", "correlation": "c"}


def grow(chains: Chains, identity: str, *numbers: int) -> None:
    chains.append(identity, [record(identity, number) for number in numbers])


def kept(account: Account, left_out: list[str] | None = None, since: str = "") -> list[Any]:
    return stored.stored_checkpoints(account, ([] if left_out is None else left_out).append, since)


def exported(account: Account, **asked: Any) -> list[bytes]:
    return list(stored.export(account, 0.0, [].append, **asked))


def trusted(account: Account) -> list[Any]:
    return [from_pem(pem) for pem in stored.public_keys(account).values()]
