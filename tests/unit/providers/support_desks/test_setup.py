"""What is missing at Zendesk, by the answers of its API: the webhook, its subscriptions, and the shipped triggers."""

import json

import pytest
from click.testing import CliRunner

from functions.providers.zendesk import setup
from hookline.cli.commands.sources import sources

URL = "https://example.execute-api.eu-central-1.amazonaws.com/webhooks/zendesk"
TYPES = ["zen:event-type:ticket.created", "zen:event-type:ticket.merged", "hookline:trigger.ticket.created"]


@pytest.fixture
def webhook():
    return {
        "id": "01W",
        "status": "active",
        "http_method": "POST",
        "request_format": "json",
        "endpoint": URL,
        "subscriptions": TYPES[:2],
    }


@pytest.fixture
def shipped():
    """The triggers as Zendesk has them once they are created for the webhook."""
    files = sorted(setup.TRIGGERS.glob("*.json"))
    assert [file.stem for file in files] == ["comment_added", "created", "status_changed"]
    return [json.loads(file.read_text().replace('"WEBHOOK"', '"01W"'))["trigger"] for file in files]


def conditional(webhook, triggers):
    return {"webhook": {**webhook, "subscriptions": [setup.CONDITIONAL]}, "triggers": triggers}


def test_nothing_is_missing_of_a_webhook_of_zendesk_events(webhook):
    """What only triggers send is none of its subscriptions."""
    assert setup.missing({"webhook": webhook}, URL, TYPES) == []
    assert setup.missing({"webhook": webhook}, "", TYPES) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "inactive"}, "activate it"),
        ({"http_method": "GET"}, "POST with JSON"),
        ({"request_format": "xml"}, "POST with JSON"),
        ({"endpoint": "https://another.example"}, f"and not to {URL}"),
        ({"subscriptions": TYPES[:1]}, "not subscribed to zen:event-type:ticket.merged"),
    ],
)
def test_what_is_wrong_with_the_webhook_is_said(webhook, changed, said):
    """One sentence each."""
    (reason,) = setup.missing({"webhook": {**webhook, **changed}}, URL, TYPES)
    assert said in reason


def test_nothing_is_missing_of_the_shipped_triggers(webhook, shipped):
    """As Zendesk answers them, with others that notify nobody of ours."""
    other = {"title": "Mail", "active": True, "actions": [{"field": "notification_user", "value": ["1", "a", "b"]}]}
    assert setup.missing(conditional(webhook, [*shipped, other]), URL, TYPES) == []


def test_a_trigger_without_our_body_is_named(webhook, shipped):
    """Its deliveries would be refused as unreadable."""
    own = {"title": "Mine", "active": True, "actions": [{"field": setup.NOTIFY, "value": ["01W", '{"id": 1}']}]}
    (reason,) = setup.missing(conditional(webhook, [*shipped, own]), URL, TYPES)
    assert "'Mine'" in reason and "none of ours" in reason


def test_a_trigger_that_would_send_what_hookline_writes_is_named(webhook, shipped):
    """Without the condition on the API, each note of an agent would come back."""
    shipped[0]["conditions"]["all"].pop()
    shipped[1]["active"] = False
    lacks, inactive, absent = setup.missing(conditional(webhook, shipped[:2]), URL, TYPES)
    assert "lacks a condition of triggers/comment_added.json: current_via_id" in lacks
    assert "is not active" in inactive
    assert absent == "no trigger notifies the webhook as triggers/status_changed.json does"


@pytest.mark.parametrize("found", [{}, {"webhook": []}, {"webhook": {"subscriptions": [setup.CONDITIONAL]}}])
def test_an_answer_that_is_missing_is_asked_for(found):
    """Whatever was given instead."""
    assert "give the answer of GET" in setup.missing(found, "", TYPES)[-1]


@pytest.mark.parametrize(
    "triggers", [[None], [{"actions": 3}], [{"actions": [{"field": setup.NOTIFY, "value": ["01W", None]}]}]]
)
def test_triggers_of_another_form_are_no_traceback(webhook, triggers):
    """They count as what is not ours, or as nothing."""
    assert setup.missing(conditional(webhook, triggers), URL, TYPES)


def test_no_body_of_a_trigger_holds_what_people_write(shipped):
    """A quote in a subject would break it, or add a field to it: ids, words and times alone are in it."""
    for trigger in shipped:
        placeholders = set(setup_placeholders(trigger))
        assert placeholders <= {
            "ticket.id", "ticket.requester.id", "ticket.submitter.id", "ticket.priority", "ticket.status", "ticket.via",
            "ticket.updated_at_with_timestamp", "ticket.latest_comment.id", "ticket.latest_comment.is_public",
            "ticket.latest_comment.author.id", "current_user.id",
        }  # fmt: skip


def setup_placeholders(trigger):
    body = trigger["actions"][0]["value"][1]
    return [part.partition("}}")[0] for part in body.split("{{")[1:]]


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(sources, ["setup", *map(str, words)], catch_exceptions=False)


def test_the_command_shows_the_steps_or_what_is_missing(run, tmp_path, webhook):
    """Exit code 1 if something is."""
    steps = run("zendesk")
    assert (steps.exit_code, "hookline sources setup zendesk webhook.json" in steps.stdout) == (0, True)
    file = tmp_path / "webhook.json"
    file.write_text(json.dumps({"webhook": webhook}))
    found = run("zendesk", file, "--json")
    assert found.exit_code == 1
    assert "the webhook is not subscribed to zen:event-type:ticket.tags_changed" in json.loads(found.stdout)["missing"]


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_file_that_is_no_answer_is_an_error_that_names_it(run, tmp_path, content):
    """And no traceback."""
    from hookline.operator.errors import OperatorError

    file = tmp_path / "webhook.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(OperatorError, match=r"webhook\.json"):
        run("zendesk", file)


def test_a_source_without_steps_says_where_they_are(run):
    """Its page."""
    from hookline.operator.errors import OperatorError

    with pytest.raises(OperatorError, match="hookline sources show stripe"):
        run("stripe")
