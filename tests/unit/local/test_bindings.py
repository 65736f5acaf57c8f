"""What `hookline up --bind` binds destinations to, and what it remembers."""

import json

import pytest

from functions.core.platform.errors import ManifestError
from hookline.local import stack
from hookline.local.bindings import bindings, parse
from hookline.operator.errors import OperatorError, UnknownName
from tests.declared import PROJECT

SANDBOX, OTHER = "slack:channel/C0SANDBOX01", "slack:channel/C0OTHER"


@pytest.fixture
def bind(tmp_path):
    return lambda *pairs: {one.name: one.entity for one in bindings(PROJECT, parse(pairs), tmp_path)}["reviews"]


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


def test_a_binding_says_what_is_bound_to_what_for_whom_and_by_what(tmp_path):
    """One line each."""
    said = [str(one) for one in bindings(PROJECT, {}, tmp_path)]
    assert f"destination reviews of notifier is bound to {SANDBOX}, by its sandbox" in said
    (bound,) = (one for one in bindings(PROJECT, {"reviews": OTHER}, tmp_path) if one.name == "reviews")
    assert (bound.entity, bound.by) == (OTHER, "--bind")
    (tmp_path / "cdk.json").write_text(
        json.dumps({"context": {"stages": {"local": {"destinations": {"reviews": OTHER}}}}})
    )
    (bound,) = (one for one in bindings(PROJECT, {"reviews": ""}, tmp_path, root=tmp_path) if one.name == "reviews")
    assert (bound.entity, bound.by) == (OTHER, "cdk.json")


def test_a_provider_that_is_called_itself_binds_no_entity_of_its_sandbox(tmp_path):
    """The provider does not know the sandbox's entities."""
    bound = bindings(PROJECT, {}, tmp_path, live=["slack"])
    assert [one for one in bound if one.entity.startswith("slack:")] == []


def test_a_destination_that_no_agent_declares_gets_the_nearest(tmp_path):
    """As any unknown name."""
    with pytest.raises(UnknownName, match="reveiws.*did you mean reviews"):
        bindings(PROJECT, {"reveiws": OTHER}, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"context": {\n"stages": }}', "cdk.json:2: is not JSON: Expecting value"),
        ("[]", "cdk.json: it is an object"),
        ('{"context": []}', "cdk.json: it is an object"),
        ('{"context": {"stages": {"local": []}}}', "are objects"),
        ('{"context": {"stages": []}}', "are objects"),
        ('{"context": {"stages": {"local": {"destinations": "x"}}}}', "are objects"),
    ],
)
def test_a_mistake_in_cdk_json_is_one_line(tmp_path, text, said):
    """People edit it by hand."""
    (tmp_path / "cdk.json").write_text(text)
    with pytest.raises(OperatorError, match=said):
        bindings(PROJECT, {}, tmp_path, root=tmp_path)


def test_a_source_that_does_not_exist_is_refused_before_anything_starts(tmp_path):
    """As `hookline up --with` gives it; it is not kept for later."""
    with pytest.raises(UnknownName, match="there is no source 'strpe' .did you mean stripe"):
        stack.up(print, tmp_path, also=["strpe"])
    assert stack.asked_for(tmp_path) == []
