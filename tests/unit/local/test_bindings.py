"""What `hookline up --bind` binds destinations to, and what it remembers."""

import pytest

from functions.core.platform.errors import ManifestError
from hookline.local.bindings import bindings, parse
from hookline.operator.errors import OperatorError
from hookline.validation.discovery import discover

SANDBOX, OTHER = "slack:channel/C0SANDBOX01", "slack:channel/C0OTHER"


@pytest.fixture
def bind(tmp_path):
    return lambda *pairs: bindings(discover(), parse(pairs), tmp_path)["reviews"]


def test_a_binding_is_kept_until_it_is_forgotten(bind):
    assert [bind(), bind(f"reviews={OTHER}"), bind(), bind("reviews="), bind()] == [
        SANDBOX,
        OTHER,
        OTHER,
        SANDBOX,
        SANDBOX,
    ]


@pytest.mark.parametrize("entity", ["foo", "stripe:charge/ch_1"])
def test_a_binding_that_does_not_fit_is_refused_and_not_kept(bind, entity):
    with pytest.raises(ManifestError, match="is bound to"):
        bind(f"reviews={entity}")
    assert bind() == SANDBOX


@pytest.mark.parametrize("pair", ["reviews", "=x", ""])
def test_a_pair_without_a_name_or_a_sign_is_refused(bind, pair):
    with pytest.raises(OperatorError, match="write NAME=ENTITY"):
        bind(pair)
