"""What the words of a SignatureScheme mean: its clocks, signed parts, encodings, keys and algorithms."""

import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol
from urllib.parse import parse_qsl

from functions.core.manifests.signature import Field, SignatureScheme
from functions.core.platform.errors import MalformedSignature, SignatureMismatch

# Clocks

_LONGEST_NUMBER = 15  # digits; more is no time, and int() takes quadratic time over thousands
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch


def _counted(per_second: int) -> Callable[[str], float]:
    def read(text: str) -> float:
        # int() takes signs, blanks, underscores and every script's digits; a time has none of them.
        if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdigit()):
            raise MalformedSignature
        return int(text) / per_second

    return read


def _iso8601(text: str) -> float:
    try:
        if _ISO_8601(text):
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):  # a month 13, a year that an offset moves off the calendar
        raise MalformedSignature from None
    raise MalformedSignature


# Each returns unix seconds, or raises MalformedSignature unless the text is exactly what the clock writes.
CLOCKS: Mapping[str, Callable[[str], float]] = {
    "seconds": _counted(1),
    "milliseconds": _counted(1000),
    "iso8601": _iso8601,
}


def write_time(now: float, clock: str) -> str:
    """Write unix seconds as the provider would."""
    if clock == "iso8601":
        return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(now * 1000) if clock == "milliseconds" else int(now))


# What came in


class Delivery:
    """One call of a provider, and what its scheme takes from it; `url` is the configured public one.

    `timestamp` and `id` are set once they are found; the body is parsed at most once, if at all.
    """

    __slots__ = ("_document", "body", "headers", "id", "method", "timestamp", "url")

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timestamp: str | None = None
        self.id: str | None = None

    def read(self, place: str | Field) -> str | None:
        """Return ASCII, "" where it is blank, None where absent; raises MalformedSignature."""
        if isinstance(place, str):
            # API Gateway sends names in lower case, as the rows have them.
            value = self.headers.get(place) or self._in_any_case(place)
        else:
            value = _member(self._parsed(), place.path)
        if value is None:
            return None
        if not (isinstance(value, str) and value.isascii()):
            raise MalformedSignature
        return value if value.strip(" ") else ""

    def read_id(self, place: str | Field) -> str | None:
        """Return what `read` does, but only if it is printable; decoders and clocks see to that for themselves."""
        value = self.read(place)
        if value and not value.isprintable():
            raise MalformedSignature
        return value

    def _in_any_case(self, name: str) -> str | None:
        for key, value in self.headers.items():
            # The length spares lower-casing most; without isascii the Kelvin sign would pass for a k.
            if len(key) == len(name) and key.isascii() and key.lower() == name:
                return value
        return None

    @property
    def unescaped_url(self) -> str:
        """Return the URL with HubSpot's list of escapes decoded and everything else as it was sent."""
        return _HUBSPOT_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), self.url)

    @property
    def parameters(self) -> str:
        """Return Twilio's: each name and value, sorted and once; nothing where the URL has the body's digest.

        Raises SignatureMismatch for a body of another digest, MalformedSignature for one that is not a form.
        """
        query = self.url.partition("?")[2].partition("#")[0]
        digests = [value for name, value in parse_qsl(query) if name == "bodySHA256"]
        if digests:
            digest = hashlib.sha256(self.body).digest()
            if len(digests) > 1 or not hmac.compare_digest(digest, _unhex(digests[0])):
                raise SignatureMismatch
            return ""
        if self.body.translate(None, _IN_A_FORM):
            raise MalformedSignature  # JSON without a digest in the URL would go unsigned
        try:
            form = self.body.decode()
            pairs = parse_qsl(form, True, strict_parsing=True, errors="strict", max_num_fields=1000) if form else []
        except ValueError:
            raise MalformedSignature from None
        # Equal ones are neighbours now: a set would have to hash every value.
        return "".join(name + value for (name, value), _ in groupby(sorted(pairs)))

    def _parsed(self) -> Any:
        if not hasattr(self, "_document"):
            try:
                self._document = json.loads(self.body)
            except (ValueError, RecursionError):
                raise MalformedSignature from None
        return self._document


def _member(node: Any, path: tuple[str, ...]) -> str | None:
    for depth, step in enumerate(path):
        if step == "*":
            values = {_member(item, path[depth + 1 :]) for item in node} if isinstance(node, list) else set()
            if len(values) > 1:
                raise MalformedSignature
            return values.pop() if values else None
        if not isinstance(node, dict):
            return None
        node = node.get(step)
    if isinstance(node, int) and not isinstance(node, bool):
        return str(node)
    return node if isinstance(node, str) else None


# The signed string


def signed_strings(form: SignatureScheme, delivery: Delivery) -> Iterable[list[bytes]]:
    """Give the signed string in pieces, so that the body is not copied.

    A second one follows where the provider may or may not have named the port. Raises MalformedSignature or
    SignatureMismatch where the body is not what the scheme or the URL says.
    """
    return signed_strings_of(form)(delivery)


def signed_strings_of(form: SignatureScheme) -> Callable[[Delivery], Iterable[list[bytes]]]:
    """Read once what a form signs: returns `signed_strings` of that form."""
    head, body, tail = form.signs.partition("{body}")
    write_head, write_tail = _written(head), _written(tail)

    def pieces(delivery: Delivery) -> list[bytes]:
        made = []
        if head:
            made.append(write_head(delivery))
        if body:
            made.append(delivery.body)
        if tail:
            made.append(write_tail(delivery))
        return made

    if form.any_port:
        return lambda delivery: map(pieces, _with_either_port(delivery))
    return lambda delivery: (pieces(delivery),)


def _written(text: str) -> Callable[[Delivery], bytes]:
    names = re.findall(r"{(\w+)}", text)
    template = re.sub(r"{\w+}", "%s", text.replace("%", "%%"))
    parts = attrgetter(*names) if names else lambda _: ()
    # A lone surrogate must not raise.
    return lambda delivery: (template % parts(delivery)).encode("utf-8", "surrogatepass")


def _with_either_port(delivery: Delivery) -> Iterator[Delivery]:
    yield delivery
    url = _ORIGIN.sub(_other_port, delivery.url, count=1)
    yield Delivery(delivery.method, url, delivery.headers, delivery.body)


_ORIGIN = re.compile(r"(https?)(://[^/?#]*?)(:\d+)?(?=[/?#]|$)", re.ASCII)


def _other_port(origin: re.Match[str]) -> str:
    """The origin without its port, or with its protocol's own where it names none."""
    default = ":80" if origin[1] == "http" else ":443"
    return origin[1] + origin[2] + ("" if origin[3] else default)


_HUBSPOT_ESCAPE = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_IN_A_FORM = bytes(n for n in range(0x21, 0x7F) if n not in b'"{}')


# Encodings: what decodes to b"" is not exactly what an encoder writes


def _unhex(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)  # takes no blanks, as bytes.fromhex does
    except ValueError:
        return b""


def _unbase64(text: str) -> bytes:
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""
    # The last character may hold bits that decoding drops, so that several texts make the same bytes.
    return raw if _base64(raw) == text else b""


def _untext(text: str) -> bytes:
    return text.encode() if text.isprintable() else b""


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


DECODERS: Mapping[str, Callable[[str], bytes]] = {"hex": _unhex, "base64": _unbase64, "text": _untext}
ENCODERS: Mapping[str, Callable[[bytes], str]] = {"hex": bytes.hex, "base64": _base64, "text": bytes.decode}


# Keys: each reads a secret, or raises a ValueError that says what is wrong and never quotes it


def _text_key(secret: str) -> bytes:
    if not isinstance(secret, str) or not secret or secret.isspace():
        raise ValueError("is blank")
    if secret[0].isspace() or secret[-1].isspace():
        raise ValueError("has white space around it")
    return secret.encode("utf-8", "surrogatepass")  # a lone surrogate must not raise


def _not_whsec_key(secret: str) -> bytes:
    key = _text_key(secret)
    if key.startswith(b"whsec_"):
        raise ValueError("is a Standard Webhooks key")
    return key


def _base64_key(secret: str, prefix: str = "") -> bytes:
    _text_key(secret)
    key = _unbase64(secret.removeprefix(prefix)) if secret.startswith(prefix) else b""
    if not key:
        raise ValueError(f"is not {prefix}… in base64" if prefix else "is not base64")
    return key


def _password_key(secret: str) -> bytes:
    key = _text_key(secret)
    user, _, password = key.partition(b":")
    if not (user and password):
        raise ValueError("is not user:password")
    return key


def _asymmetric(algorithm: str, load: Callable[[Any, Any], Any]) -> Any:
    # Imported here: only SendGrid and `v1a` need it, and it costs a cold start 30 ms.
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ValueError("needs the package cryptography, which is not installed") from None
    try:
        key = load(serialization, ed25519)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: a PEM under a passphrase
        key = None
    if algorithm == "ed25519":
        fits = isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey)
    else:
        fits = getattr(getattr(key, "curve", None), "name", None) == "secp256r1"
    if not fits:
        raise ValueError(f"is not a key for {algorithm}")
    return key


def _ed25519_key(secret: str) -> Any:
    raw = _base64_key(secret, "whpk_")
    return _asymmetric("ed25519", lambda _, ed25519: ed25519.Ed25519PublicKey.from_public_bytes(raw))


def _ecdsa_key(secret: str) -> Any:
    raw = _base64_key(secret)
    return _asymmetric("ecdsa-p256-sha256", lambda serialization, _: serialization.load_der_public_key(raw))


def _private_key(algorithm: str, secret: str) -> Any:
    secret = secret.strip()  # a PEM file ends with a newline
    if secret.startswith("-----BEGIN "):
        pem = _text_key(secret)
        return _asymmetric(algorithm, lambda serialization, _: serialization.load_pem_private_key(pem, None))
    raw = _base64_key(secret.removeprefix("whsk_"))
    if len(raw) == 32:
        return _asymmetric(algorithm, lambda _, ed25519: ed25519.Ed25519PrivateKey.from_private_bytes(raw))
    return _asymmetric(algorithm, lambda serialization, _: serialization.load_der_private_key(raw, None))


_KEYS: Mapping[str, Callable[[str], Any]] = {
    "text": _text_key,
    "not-whsec": _not_whsec_key,
    "whsec": lambda secret: _base64_key(secret, "whsec_"),
    "whpk": _ed25519_key,
    "der": _ecdsa_key,
    "user:password": _password_key,
}


@lru_cache(maxsize=64)
def verifying_key(form_key: str, algorithm: str, secret: str) -> "Key":
    """Read a secret as the provider shows it; raises a ValueError that says why not, without quoting it.

    Read once in a process: a keyed hash is then only copied, and a public key not parsed for each delivery.
    """
    return _ALGORITHMS[algorithm](_KEYS[form_key](secret))


def signing_key(form_key: str, algorithm: str, secret: str) -> "Key":
    """Read the secret that signs: `verifying_key`'s, or a private key where the scheme has a public one."""
    if form_key in ("whpk", "der"):
        return _ALGORITHMS[algorithm](_private_key(algorithm, secret))
    return verifying_key(form_key, algorithm, secret)


# Algorithms


class Key(Protocol):
    """A key ready for its algorithm; `pieces` are those of the signed string."""

    def make(self, pieces: list[bytes]) -> bytes:
        """Make the signature that `accepts` accepts."""

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        """Say whether one of the candidates is a signature by this key, or by its private half."""


class _SharedKey(Key):
    """A key that both sides have: a signature is right where it is the one that the key makes."""

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        expected = self.make(pieces)
        for candidate in candidates:  # noqa: SIM110 - any() over a generator costs 0.3 µs of a budget of 6
            if hmac.compare_digest(expected, candidate):  # whole digests, in constant time
                return True
        return False


class _HmacKey(_SharedKey):
    """The two hashes of HMAC (RFC 2104) with the key already in them.

    The standard library's own object does the same, but copying it costs five times as long as copying these.
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
    """A key that is sent as it is, whatever else is sent."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, pieces: list[bytes]) -> bytes:
        return self._key


class _PairedKey:
    """Half of a pair of keys: the private one makes what the public one accepts."""

    def __init__(self, key: Any, *how: Any) -> None:
        self._key = key
        self._how = how

    def make(self, pieces: list[bytes]) -> bytes:
        return bytes(self._key.sign(b"".join(pieces), *self._how))

    def accepts(self, pieces: list[bytes], candidates: list[bytes]) -> bool:
        message = b"".join(pieces)
        return any(self._accepts(message, candidate) for candidate in candidates)

    def _accepts(self, message: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signature, message, *self._how)
        except InvalidSignature:
            return False
        return True


def _ecdsa_p256_key(key: Any) -> Key:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return _PairedKey(key, ec.ECDSA(hashes.SHA256()))


_ALGORITHMS: Mapping[str, Callable[[Any], Key]] = {
    "hmac-sha256": partial(_HmacKey, "sha256"),
    "hmac-sha1": partial(_HmacKey, "sha1"),
    "equality": _PlainKey,
    "ed25519": _PairedKey,
    "ecdsa-p256-sha256": _ecdsa_p256_key,
}
