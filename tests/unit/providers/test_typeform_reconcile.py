"""Typeform's list of responses, read through its connector and its sandbox: the same events as its webhooks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.performer import Refused
from functions.api.reconcile import UnreadableBody, Window
from functions.core.events import catalogue
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.reading import raw_events
from functions.providers.typeform.connector import MANIFEST as CONNECTOR
from functions.providers.typeform.operations import Typeform as Performer
from functions.providers.typeform.operations import responses
from functions.providers.typeform.reconcile import MANIFEST, arguments, page
from functions.providers.typeform.sandbox import Typeform
from functions.providers.typeform.source import MANIFEST as SOURCE
from functions.providers.typeform.translate import translate
from hookline.local.sandbox_server import SandboxServer
from hookline.testing import fixtures
from hookline.testing.providers import at_sandbox

NOW = 1_790_000_000
WINDOW = Window(NOW, NOW + 3600)
BUILDER = EventBuilder(SOURCE, translate)


class Account:
    """A sandbox, and the connector that reads from it."""

    def __init__(self, sandbox, performer):
        self.sandbox, self.performer = sandbox, performer

    def control(self, path, **given):
        response = self.sandbox.control("POST", path, json.dumps(given).encode())
        assert response.status == 200, response.body
        return json.loads(response.body)

    def page(self, after="", window=WINDOW):
        listing = CONNECTOR.listing(MANIFEST.listing)
        return page(self.performer.call(listing, arguments(window, after), None, 30), window)

    def calls(self):
        return [one["path"] for one in json.loads(self.sandbox.control("GET", "state", b"").body)["calls"]]


@pytest.fixture(scope="module")
def _account():
    sandbox = Typeform(lambda: NOW)
    with SandboxServer([sandbox]) as server:
        yield Account(
            sandbox,
            at_sandbox(CONNECTOR, lambda: sandbox.credential, server.urls["typeform"], lambda: float(NOW), Performer),
        )


@pytest.fixture
def account(_account):
    _account.sandbox.control("DELETE", "state", b"")
    return _account


def read(body):
    (raw,) = raw_events(json.dumps(body).encode(), {}, SOURCE.reading)
    made = translate(raw)
    assert made and catalogue.check(made.type, made.data) == made.data
    return raw.id, raw.time, made


def test_a_listed_response_is_the_event_of_its_webhook(account):
    """The same id, time, entities and data; the event's own id is in no API and in no part of it."""
    account.control("forms", id="aB1")
    (delivered,) = account.control("responses", form="aB1", at=NOW + 5)["deliveries"]
    (sent,) = account.page().sent
    assert read(sent.body) == read(delivered)
    assert "event_id" not in sent.body
    assert read(delivered)[0] == "aB1/tokenaB10"


def test_a_response_that_is_left_half_way_has_the_id_of_its_event():
    """It can be reported several times, and submitted afterwards."""
    body = json.loads(fixtures.load("typeform", "form_response_partial__unmapped").body)
    (partial,) = raw_events(json.dumps(body).encode(), {}, SOURCE.reading)
    (whole,) = raw_events(json.dumps({**body, "event_type": "form_response"}).encode(), {}, SOURCE.reading)
    assert (partial.id, whole.id) == ("01KPExample", "lT4ZExample/b3a12ec67a13Example")


def test_only_forms_with_our_webhook_are_listed_and_what_came_before_it_is_not(account):
    """Nothing else was ever to be sent; a few forms are looked at in one call."""
    for number in range(12):
        account.control("forms", id=f"f{number}", url="" if number % 2 else "https://example.com/hooks")
        account.control("responses", form=f"f{number}", at=NOW + 5)
    account.control("forms", id="ours", url="https://h.example.com/stage/webhooks/typeform/")
    account.control("responses", form="ours", at=NOW + 5)
    first = account.page()
    assert (first.sent, first.after) == ([], "1/f10/0")
    second = account.page(first.after)
    assert ([one.body["form_response"]["form_id"] for one in second.sent], second.after) == (["ours"], "")
    assert not any(path.endswith("f1/responses") for path in account.calls())
    account.sandbox.forms["ours"]["created_at"] = "2099-01-01T00:00:00Z"
    assert account.page(first.after).sent == []


def test_the_cursor_goes_down_a_form_and_on_to_the_next(account, monkeypatch):
    """What lies on the edge of two pages comes twice, under one id."""
    monkeypatch.setattr(responses, "PAGE", 2)
    for form in ("one", "two"):
        account.control("forms", id=form)
        for second in range(3):
            account.control("responses", form=form, at=NOW + second)
    tokens, after, pages = [], "", 0
    while pages == 0 or after:
        found = account.page(after)
        tokens += [one.body["form_response"]["token"] for one in found.sent]
        after, pages = found.after, pages + 1
    assert set(tokens) == {f"token{form}{number}" for form in ("one", "two") for number in range(3)}
    assert pages == 6


def test_more_responses_in_one_second_than_a_page_holds_are_told(account, monkeypatch):
    """The rest could not be reached, and would be lost in silence."""
    monkeypatch.setattr(responses, "PAGE", 2)
    account.control("forms", id="busy")
    for _ in range(3):
        account.control("responses", form="busy", at=NOW + 3600)
    with pytest.raises(Refused, match="within one second"):
        account.page()


@pytest.mark.parametrize("cursor", ["1/gone/0", "x/one/0", "1/one", "1//x"])
def test_a_cursor_that_leads_nowhere_is_refused(account, cursor):
    """A form that was deleted while the forms were read could hide the one after it."""
    account.control("forms", id="one")
    with pytest.raises(Refused):
        account.page(cursor)


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just({}) | st.just(["x"])
ITEM = st.fixed_dictionaries(
    {}, optional={"token": VALUES, "submitted_at": VALUES, "answers": VALUES, "hidden": VALUES}
)


@settings(max_examples=60)
@given(form=VALUES, ours=VALUES, after=VALUES, items=VALUES | st.lists(VALUES | ITEM, max_size=3))
def test_whatever_is_answered_every_item_is_sent_or_unreadable(form, ours, after, items):
    """Nothing else than UnreadableBody is raised."""
    try:
        found = page({"form": form, "ours": ours, "after": after, "items": items}, WINDOW)
    except UnreadableBody:
        return
    assert len(found.sent) + len(found.unreadable) == len(items)
