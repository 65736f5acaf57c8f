"""Signatures that others made: each is accepted, and `sign` makes it again."""

import pytest

from hookline.testing.signing import sign, verify
from tests.unit.ingress.signatures.vectors.computed import COMPUTED
from tests.unit.ingress.signatures.vectors.published import PUBLISHED
from tests.unit.ingress.signatures.vectors.vector import Vector
from tests.unit.providers.shipped import SHIPPED


def name(vector: Vector) -> str:
    return vector.source


@pytest.mark.parametrize("vector", PUBLISHED + COMPUTED, ids=name)
def test_a_signature_made_elsewhere_is_accepted(vector: Vector) -> None:
    verified = verify(
        vector.source,
        method="POST",
        url=vector.url,
        headers=vector.headers,
        body=vector.body,
        secrets=vector.secrets,
        now=vector.now,
    )
    assert verified.secret_index == len(vector.secrets) - 1


@pytest.mark.parametrize("vector", [v for v in PUBLISHED + COMPUTED if v.repeatable], ids=name)
def test_sign_makes_the_same_headers_as_the_provider(vector: Vector) -> None:
    made = sign(
        vector.source,
        method="POST",
        url=vector.url,
        headers=vector.headers,
        body=vector.body,
        secret=vector.signing_secret or vector.secrets[-1],
        now=vector.now,
    )
    assert made == {header.lower(): value for header, value in vector.headers.items()}


def test_every_shipped_provider_has_a_vector() -> None:
    assert {vector.source for vector in PUBLISHED + COMPUTED} == set(SHIPPED)
