"""`hookline events`: the fields of each domain event, who publishes it and who subscribes to it."""

import json

import pytest
from click.testing import CliRunner

from functions.core.events.catalogue import events
from hookline.cli.commands.events import events as command
from hookline.operator.errors import UnknownName
from hookline.operator.event_sheet import kind_of, listed, sheet
from tests.declared import PROJECT

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def project():
    return PROJECT


def run(*words):
    return CliRunner().invoke(command, words, catch_exceptions=False).output


@pytest.mark.parametrize("name", sorted(events()))
def test_every_event_is_shown_with_all_its_fields(project, name):
    """Each with a kind in words; the example fits the schema's names."""
    found = sheet(name, project)
    fields = [field["name"] for field in found["fields"]]
    assert fields == list(events()[name].model_fields)
    assert found["example"].keys() <= set(fields)
    assert "any value" not in [field["kind"] for field in found["fields"]]
    page = run("show", name)
    assert all(f"\n  {field}" in page for field in fields)


def test_an_event_names_its_publishers_with_their_raw_types_and_its_subscribers(project):
    """As the manifests declare them."""
    succeeded = sheet("payment.succeeded", project)
    (source,) = succeeded["published_by"]
    declared = project.sources["stripe"].detail_types
    assert source["publisher"] == "webhook.stripe"
    assert source["raw_types"] == [raw for raw, names in declared.items() if "payment.succeeded" in names]
    assert [one["subscriber"] for one in succeeded["subscribed_by"]] == ["agent.fraud"]
    held = sheet("payment.held", project)
    assert [one["publisher"] for one in held["published_by"]] == ["agent.fraud"]


def test_what_the_review_service_publishes_and_receives_is_there_too(project):
    """No manifest declares it."""
    rows = {row["event"]: row for row in listed(project)}
    assert [one["publisher"] for one in rows["review.denied"]["published_by"]] == ["review.service"]
    assert [one["subscriber"] for one in rows["approval.required"]["subscribed_by"]] == ["review.service"]
    assert "agent.notifier" in [one["subscriber"] for one in rows["review.opened"]["subscribed_by"]]


def test_what_a_source_does_not_translate_is_an_event_of_its_own(project):
    """Published by that source alone."""
    found = sheet("github.unmapped", project)
    assert [one["publisher"] for one in found["published_by"]] == ["webhook.github"]
    assert found["schema_name"] == "github.unmapped/1"


def test_an_unknown_event_gets_the_nearest(project):
    """Those of the sources' untranslated events too."""
    with pytest.raises(UnknownName, match=r"'payment.suceeded' \(did you mean payment.succeeded\?\)"):
        sheet("payment.suceeded", project)
    with pytest.raises(UnknownName, match="did you mean github.unmapped"):
        sheet("githb.unmapped", project)


def test_json_holds_the_schema_and_the_page_the_example():
    """For a program, and for a person."""
    assert json.loads(run("show", "call.incoming", "--json"))["schema"]["properties"].keys() == {
        "call",
        "api",
        "caller",
        "callee",
        "number",
        "line",
        "dialog",
    }
    assert '  "number": "+14155550100",' in run("show", "call.incoming").splitlines()
    assert "nobody: such an event wakes no agent" in run("show", "call.missed")
    names = [row["event"] for row in json.loads(run("--json"))["events"]]
    assert names == sorted(events())
    assert all(f" {name} " in run() for name in names)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "maxLength": 8000}, "text of at most 8,000 characters"),
        ({"type": "integer", "minimum": 0, "maximum": 4}, "whole number from 0 to 4"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or nothing"),
        ({"type": "array", "items": {"type": "boolean"}}, "list of true or false"),
        ({"enum": ["deny", "approve"], "type": "string"}, "one of deny, approve"),
        ({"$ref": "#/$defs/Line"}, "object with sku"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({}, "any value"),
    ],
)
def test_a_kind_is_told_in_words(schema, kind):
    """Not in those of JSON Schema."""
    assert kind_of(schema, {"Line": {"type": "object", "properties": {"sku": {"type": "string"}}}}) == kind
