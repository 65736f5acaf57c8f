"""The encodings of signatures. A decoder returns b"" for a text that its encoder does not write."""

import binascii
from collections.abc import Callable, Mapping


def decode_hex(text: str) -> bytes:
    """The bytes of a text in hex, in lower or upper case."""
    try:
        return binascii.unhexlify(text)  # refuses blanks, which bytes.fromhex accepts
    except ValueError:
        return b""


def decode_base64(text: str) -> bytes:
    """The bytes of a text in base64, with its padding."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return b""
    # Decoding drops spare bits of the last character, so several texts decode to the same bytes.
    return raw if _encode_base64(raw) == text else b""


def _decode_text(text: str) -> bytes:
    return text.encode() if text.isprintable() else b""


def _encode_base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


DECODERS: Mapping[str, Callable[[str], bytes]] = {"hex": decode_hex, "base64": decode_base64, "text": _decode_text}
ENCODERS: Mapping[str, Callable[[bytes], str]] = {"hex": bytes.hex, "base64": _encode_base64, "text": bytes.decode}
