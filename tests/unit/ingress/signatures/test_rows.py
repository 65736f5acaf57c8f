"""A row of a signature scheme: what it may hold, and what it signs."""

from typing import Any

import pytest

from functions.core.ingress.signatures.signed_request import SignedRequest
from functions.core.ingress.signatures.signed_string import signed_strings
from functions.core.manifests.signature import SIGNABLE, Label, SignatureScheme
from functions.core.platform.errors import ManifestError

URL = "https://hooks.example.com/in?a=%2Fb&c=1"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"header": "Upper-Case"}, "Upper-Case"),
        ({"header": "x", "signs": "{bodi}"}, "bodi"),
        ({"header": "x", "timestamp": "y"}, "go together"),
        ({"header": "x", "signs": "{id}"}, "needs delivery_id"),
        ({"header": "x", "signs": "{timestamp}.{body}"}, "needs timestamp"),
        ({"header": "x", "timestamp": Label("t="), "tolerance": 1}, "several"),
        ({"header": "x", "algorithm": "equality"}, "equality"),
    ],
)
def test_a_row_that_cannot_be_followed_is_refused_by_its_value(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        SignatureScheme(**row)


def test_every_part_that_a_row_may_name_is_known() -> None:
    request = SignedRequest("POST", URL, {}, b"a=b")
    assert SIGNABLE and all(hasattr(request, part) for part in SIGNABLE)


def test_everything_but_the_parts_is_literal() -> None:
    row = SignatureScheme(header="x", signs="v0:{body}:100%:{method}%s")
    request = SignedRequest("POST", URL, {}, b"bytes")
    (pieces,) = signed_strings(row, request)
    assert b"".join(pieces) == b"v0:bytes:100%:POST%s"
