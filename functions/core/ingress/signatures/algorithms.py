"""The signature algorithms, each as a key that makes and accepts signatures."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol


class Key(Protocol):
    """A key with its algorithm; `pieces` are the pieces of the signed string."""

    def make(self, pieces: list[bytes]) -> bytes:
        """Make a signature that `accepts` accepts."""

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        """Whether one of the candidates is a signature by this key, or by its private key."""


class _SharedKey(Key):
    """A key that both sides have: a signature is valid if it equals the one that the key makes."""

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        expected = self.make(pieces)
        for candidate in candidates:  # noqa: SIM110 - any() over a generator costs 0.3 µs of a budget of 6
            if hmac.compare_digest(expected, candidate):  # whole digests, in constant time
                return True
        return False


class _HmacKey(_SharedKey):
    """The inner and outer hashes of HMAC (RFC 2104), to which the key is already added.

    The standard library's own object works the same way, but copying it costs five times as long as copying these.
    """

    def __init__(self, digest: str, key: bytes) -> None:
        start = hashlib.new(digest)
        size = start.block_size
        block = (hashlib.new(digest, key).digest() if len(key) > size else key).ljust(size, b"\0")
        self._inner = hashlib.new(digest, block.translate(_INNER))
        self._outer = hashlib.new(digest, block.translate(_OUTER))

    def make(self, pieces: list[bytes]) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        for piece in pieces:
            inner.update(piece)
        outer.update(inner.digest())
        return outer.digest()


_INNER, _OUTER = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))


class _PlainKey(_SharedKey):
    """A key that is sent as it is, independent of the rest of the request."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, pieces: list[bytes]) -> bytes:
        return self._key


class _AsymmetricKey:
    """One key of a key pair: the private key signs, the public key verifies."""

    def __init__(self, key: Any, *options: Any) -> None:
        self._key = key
        self._options = options

    def make(self, pieces: list[bytes]) -> bytes:
        return bytes(self._key.sign(b"".join(pieces), *self._options))

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        message = b"".join(pieces)
        return any(self._accepts(message, candidate) for candidate in candidates)

    def _accepts(self, message: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message, *self._options)
        except InvalidSignature:
            return False
        return True


def _ecdsa_p256_key(key: Any) -> Key:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return _AsymmetricKey(key, ec.ECDSA(hashes.SHA256()))


ALGORITHMS: Mapping[str, Callable[[Any], Key]] = {
    "hmac-sha256": partial(_HmacKey, "sha256"),
    "hmac-sha1": partial(_HmacKey, "sha1"),
    "equality": _PlainKey,
    "ed25519": _AsymmetricKey,
    "ecdsa-p256-sha256": _ecdsa_p256_key,
}
