"""A provider's HTTP request, and the parts of it that a signature scheme can sign."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

from functions.core.ingress.signatures.encodings import decode_hex
from functions.core.manifests.signature import Field
from functions.core.platform.errors import MalformedSignature, SignatureMismatch

_HUBSPOT_ESCAPE = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_FORM_CHARACTERS = bytes(n for n in range(0x21, 0x7F) if n not in b'"{}')


class SignedRequest:
    """One HTTP request of a provider; `url` is the configured public URL.

    `timestamp` and `id` are set when they are found. The body is parsed at most once, and only if a scheme needs it.
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
        """Return the ASCII text of a header or field: "" if blank, None if missing. Raises MalformedSignature."""
        if isinstance(place, str):
            # API Gateway sends names in lower case, as manifests write them.
            value = self.headers.get(place) or self._in_any_case(place)
        else:
            value = _member(self._parsed(), place.path)
        if value is None:
            return None
        if not (isinstance(value, str) and value.isascii()):
            raise MalformedSignature
        return value if value.strip(" ") else ""

    def read_id(self, place: str | Field) -> str | None:
        """Return what `read` returns. Raises MalformedSignature if it is not printable, which nothing else checks."""
        value = self.read(place)
        if value and not value.isprintable():
            raise MalformedSignature
        return value

    def _in_any_case(self, name: str) -> str | None:
        for key, value in self.headers.items():
            # The length check avoids most lower-casing; without isascii, the Kelvin sign would match k.
            if len(key) == len(name) and key.isascii() and key.lower() == name:
                return value
        return None

    @property
    def unescaped_url(self) -> str:
        """The URL with the escapes of HubSpot's list decoded, and everything else as sent."""
        return _HUBSPOT_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), self.url)

    @property
    def parameters(self) -> str:
        """Twilio's form parameters: each name and value, sorted, without duplicates; "" if the URL has a body digest.

        Raises SignatureMismatch if the body has another digest, MalformedSignature if it is not a form.
        """
        query = self.url.partition("?")[2].partition("#")[0]
        digests = [value for name, value in parse_qsl(query) if name == "bodySHA256"]
        if digests:
            digest = hashlib.sha256(self.body).digest()
            if len(digests) > 1 or not hmac.compare_digest(digest, decode_hex(digests[0])):
                raise SignatureMismatch
            return ""
        if self.body.translate(None, _FORM_CHARACTERS):
            raise MalformedSignature  # JSON without a digest in the URL would be unsigned
        try:
            return form_parameters(self.body)
        except ValueError:
            raise MalformedSignature from None

    def _parsed(self) -> Any:
        if not hasattr(self, "_document"):
            try:
                self._document = json.loads(self.body)
            except (ValueError, RecursionError):
                raise MalformedSignature from None
        return self._document


def form_parameters(body: bytes) -> str:
    """The names and values of a form, sorted, without duplicates. Raises ValueError if it is not a form."""
    form = body.decode()
    pairs = parse_qsl(form, True, strict_parsing=True, errors="strict", max_num_fields=1000) if form else []
    # Sorting makes duplicates neighbours; a set would hash every value.
    return "".join(name + value for (name, value), _ in groupby(sorted(pairs)))


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
