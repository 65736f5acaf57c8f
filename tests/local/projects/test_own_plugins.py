"""Agents, events and a provider that a user adds to a copy of the project without changing a file that is there."""

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from infra import naming
from tests.local.project import Project

pytestmark = pytest.mark.local

State = Callable[[str], Any]


@pytest.fixture(scope="module")
def stack(project: Project) -> LocalStack:
    """The copy's local stack."""
    return project.up()


@pytest.fixture
def state(stack: LocalStack) -> State:
    """Returns what a provider's sandbox has received."""
    return lambda provider: stack.sandboxes.control("GET", f"/_sandbox/{provider}/state")


def test_an_own_agent_posts_pull_requests_to_a_bound_destination(
    project: Project, stack: LocalStack, state: State, eventually: Callable[..., Any]
) -> None:
    trail = Trail(stack.client("dynamodb"))
    before = {identity: trail.length(identity) for identity in ("agent.announcer", "connector.slack")}
    posted = len(state("slack")["messages"])
    project.run("send", "github", "pull_request_opened__ordinary")
    # The first of several, if an event that failed before is tried again.
    message, *_ = eventually(lambda: state("slack")["messages"][posted:], "a message in the channel")
    assert "octo-repo#12: Retry the export" in message["text"]

    def recorded(identity: str, kind: str) -> list[dict[str, Any]]:
        return [record for record in trail.of_identity(identity, before[identity]) if record["kind"] == kind]

    published, *_ = eventually(lambda: recorded("agent.announcer", "published"), "the agent's record")
    assert published["action"] == "change.announced"
    effected, *_ = eventually(lambda: recorded("connector.slack", "effected"), "the connector's record")
    assert (effected["destination"], effected["resource"]) == ("alerts", "slack:channel/C0SANDBOX01")


def test_an_own_provider_delivers_and_is_called_as_it_declares(
    project: Project, stack: LocalStack, state: State, eventually: Callable[..., Any]
) -> None:
    """Its deliveries carry a key in a header, its event is its own, its JSON API takes basic authentication."""
    project.run("send", "acme", "note_created__short")
    (reply,) = eventually(lambda: state("acme")["replies"], "a reply at the provider")
    assert reply["path"].startswith("/v2/notes/n_") and reply["path"].endswith("/replies")
    assert reply["body"] == {"reply": {"text": "thanks", "tags": ["auto"]}}


def test_an_untranslated_delivery_wakes_only_subscribers_to_its_raw_type(
    project: Project, stack: LocalStack, eventually: Callable[..., Any]
) -> None:
    trail = Trail(stack.client("dynamodb"))
    project.run("send", "acme", "note_read__once")
    project.run("send", "acme", "note_starred__once")

    def decided() -> list[str]:
        return [one["reason"] for one in trail.of_identity("agent.scribe") if one["kind"] == "decided"]

    eventually(lambda: "woken by note.starred" in decided(), "the star handled")
    assert "woken by note.read" not in decided()

    def unmapped() -> list[dict[str, Any]]:
        return [one for one in trail.of_identity("webhook.acme") if one["action"] == "acme.unmapped"]

    assert eventually(unmapped, "the verifier's record")


def test_an_own_manager_runs_a_workflow_that_an_operator_lists_and_cancels(
    project: Project, stack: LocalStack, eventually: Callable[..., Any]
) -> None:
    """Its deadlines are schedules under its own role, and the member that can undo what it did is asked to."""
    project.run("send", "acme", "note_created__short")
    trail = Trail(stack.client("dynamodb"))

    def decided(identity: str) -> list[str]:
        return [one["reason"] for one in trail.of_identity(identity) if one["kind"] == "decided"]

    eventually(lambda: "reading" in decided("agent.reader"), "the task at its member")
    listed = json.loads(project.run("runs", "--limit", "1", "--json"))
    (run,) = listed["runs"]
    assert (run["manager"], run["state"], run["waiting"]) == ("desk", "running", 1)
    waiting = stack.client("scheduler").list_schedules(GroupName=naming.schedules("desk"))["Schedules"]
    assert len(waiting) >= 2  # the deadline of the run, and that of its task
    project.run("runs", "cancel", run["run"][:6], "--reason", "the note is gone")
    eventually(lambda: "forgotten" in decided("agent.reader"), "the member's compensation")
    shown = project.run("runs", "show", run["run"])
    assert f"run {run['run']} of desk: cancelled" in shown and "ended: the note is gone" in shown


def test_the_agent_sheet_and_the_lists_show_what_was_added(project: Project, stack: LocalStack) -> None:
    sheet = json.loads(project.run("agents", "show", "announcer", "--json"))
    (slack,) = sheet["connectors"]
    assert slack["destinations"] == [{"name": "alerts", "entity": None, "operations": ["message.post"]}]
    assert "destination alerts: not bound in cdk.json, for message.post" in project.run("agents", "show", "announcer")
    assert "acme" in project.run("sources")
    assert "note.reply" in project.run("connectors")


def test_the_demo_shows_an_own_agent_that_its_deliveries_wake(project: Project, stack: LocalStack) -> None:
    shown = project.run("demo", "--once")
    assert re.search(r"ms +agent.bookkeeper +decided to publish nothing \(booked\)", shown)
    assert re.search(r"approved +fraud, bookkeeper +stripe:review.approve", shown)


def test_an_agent_without_a_folder_goes_with_its_waiting_events_only_if_that_is_said(
    project: Project, stack: LocalStack, eventually: Callable[..., Any]
) -> None:
    """The last test here: it removes the agent."""

    def announcer() -> dict[str, Any]:
        return next(one for one in json.loads(project.run("agents", "--json"))["agents"] if one["agent"] == "announcer")

    project.run("agents", "suspend", "announcer")
    project.run("send", "github", "pull_request_opened__ordinary")
    eventually(lambda: announcer()["waiting"] >= 1, "the event in the agent's queue")
    shutil.rmtree(project.root / "functions/agents/announcer")
    refused = project.fails("up")
    # More than one wait if the announcer failed before, and is tried again.
    assert re.search("agent announcer has no folder any more, but is deployed: events waiting [1-9]", refused)
    assert "'hookline up --discard-waiting' deletes them" in refused
    assert announcer()["state"] == "suspended"
    project.run("up", "--discard-waiting")
    assert [one["agent"] for one in json.loads(project.run("agents", "--json"))["agents"]].count("announcer") == 0
