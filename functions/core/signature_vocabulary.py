"""What the words of a SignatureScheme mean: its clocks, signed parts, encodings, keys and algorithms."""

import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl

from functions.core.errors import MalformedSignature, SignatureMismatch
from functions.core.signature_schemes import Field, SignatureScheme

# Clocks

_LONGEST_NUMBER = 15  # digits; more is no time, and int() takes quadratic time over thousands
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch


def read_time(text: str, clock: str) -> float:
    """Return unix seconds; raises MalformedSignature unless the text is exactly what the clock writes."""
    if clock == "iso8601":
        try:
            if _ISO_8601(text):
                return datetime.fromisoformat(text).timestamp()
        except (ValueError, OverflowError):  # a month 13, a year that an offset moves off the calendar
            raise MalformedSignature from None
        raise MalformedSignature
    # int() takes signs, blanks, underscores and every script's digits; a time has none of them.
    if len(text) > _LONGEST_NUMBER or not (text.isascii() and text.isdigit()):
        raise MalformedSignature
    return int(text) / 1000 if clock == "milliseconds" else float(text)


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
        """Return printable ASCII, "" where it is blank, None where absent; raises MalformedSignature."""
        if isinstance(place, str):
            # API Gateway sends names in lower case, as the rows have them.
            value = self.headers.get(place) or self._in_any_case(place)
        else:
            value = _member(self._parsed(), place.path)
        if value is None:
            return None
        if not (isinstance(value, str) and value.isascii() and value.isprintable()):
            raise MalformedSignature
        return "" if value.isspace() else value

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
            form, strict = self.body.decode(), {"strict_parsing": True, "errors": "strict", "max_num_fields": 1000}
            pairs = parse_qsl(form, keep_blank_values=True, **strict) if form else []
        except ValueError:
            raise MalformedSignature from None
        return "".join(name + value for name, value in sorted(set(pairs)))

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
    if not form.any_port:
        return (_pieces(form.signs, delivery),)
    return _with_either_port(form, delivery)


def _with_either_port(form: SignatureScheme, delivery: Delivery) -> Iterator[list[bytes]]:
    yield _pieces(form.signs, delivery)
    url = _ORIGIN.sub(_other_port, delivery.url, count=1)
    yield _pieces(form.signs, Delivery(delivery.method, url, delivery.headers, delivery.body))


def _pieces(signs: str, delivery: Delivery) -> list[bytes]:
    head, has_body, tail = _plan(signs)
    pieces = []
    if head:
        pieces.append((head[0] % head[1](delivery)).encode("utf-8", "surrogatepass"))
    if has_body:
        pieces.append(delivery.body)
    if tail:
        pieces.append(_utf8(tail[0] % tail[1](delivery)))
    return pieces


_Template = tuple[str, Callable[[Delivery], Any]]  # a %-template, and what fills it


@cache
def _plan(signs: str) -> tuple[_Template | None, bool, _Template | None]:
    """What stands before the body, whether there is the body, what stands after it."""
    head, body, tail = signs.partition("{body}")
    return _template(head), bool(body), _template(tail)


def _template(text: str) -> _Template | None:
    names = re.findall(r"{(\w+)}", text)
    template = re.sub(r"{\w+}", "%s", text.replace("%", "%%"))
    return (template, attrgetter(*names) if names else lambda _: ()) if text else None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a lone surrogate must not raise


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


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


DECODERS: Mapping[str, Callable[[str], bytes]] = {"hex": _unhex, "base64": _unbase64, "text": _utf8}
ENCODERS: Mapping[str, Callable[[bytes], str]] = {"hex": bytes.hex, "base64": _base64, "text": bytes.decode}


# Keys: each reads a secret, or raises a ValueError that says what is wrong and never quotes it


def _text_key(secret: str) -> bytes:
    if not isinstance(secret, str) or not secret or secret.isspace():
        raise ValueError("is blank")
    if secret[0].isspace() or secret[-1].isspace():
        raise ValueError("has white space around it")
    return _utf8(secret)


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
def verifying_key(form_key: str, algorithm: str, secret: str) -> Any:
    """Read a secret as the provider shows it; raises a ValueError that says why not, without quoting it.

    Read once in a process: a keyed hash is then only copied, and a public key not parsed for each delivery.
    """
    key = _KEYS[form_key](secret)
    return _keyed(key, _DIGESTS[algorithm]) if algorithm in _DIGESTS else key


def signing_key(form_key: str, algorithm: str, secret: str) -> Any:
    """Read the secret that signs: `verifying_key`'s, or a private key where the scheme has a public one."""
    if form_key in ("whpk", "der"):
        return _private_key(algorithm, secret)
    return verifying_key(form_key, algorithm, secret)


# Algorithms

_DIGESTS = {"hmac-sha256": "sha256", "hmac-sha1": "sha1"}
_INNER, _OUTER = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))


def _keyed(key: bytes, digest: str) -> tuple[Any, Any]:
    """The two hashes of HMAC (RFC 2104) with the key already in them.

    The standard library's own object does the same, but copying it costs five times as long as copying these.
    """
    start = hashlib.new(digest)
    block = (hashlib.new(digest, key).digest() if len(key) > start.block_size else key).ljust(start.block_size, b"\0")
    return hashlib.new(digest, block.translate(_INNER)), hashlib.new(digest, block.translate(_OUTER))


def matches(algorithm: str, key: Any, pieces: list[bytes], candidates: list[bytes]) -> bool:
    """Is one of these what the key makes of the signed string? Compares whole digests in constant time."""
    if algorithm not in _DIGESTS and algorithm != "equality":
        return any(_public_key_accepts(algorithm, key, b"".join(pieces), one) for one in candidates)
    expected = make(algorithm, key, pieces)
    for candidate in candidates:  # noqa: SIM110 - any() over a generator costs 0.3 µs of a budget of 7
        if hmac.compare_digest(expected, candidate):
            return True
    return False


def make(algorithm: str, key: Any, pieces: list[bytes]) -> bytes:
    """Make the signature that `matches` accepts."""
    if algorithm in _DIGESTS:
        inner, outer = key[0].copy(), key[1].copy()
        for piece in pieces:
            inner.update(piece)
        outer.update(inner.digest())
        return outer.digest()
    return key if algorithm == "equality" else key.sign(b"".join(pieces), *_ecdsa(algorithm))


def _public_key_accepts(algorithm: str, key: Any, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature, message, *_ecdsa(algorithm))
    except InvalidSignature:
        return False
    return True


def _ecdsa(algorithm: str) -> tuple[Any, ...]:
    if algorithm == "ed25519":
        return ()
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return (ec.ECDSA(hashes.SHA256()),)
