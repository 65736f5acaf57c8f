"""Every source reads what its provider sends, and puts what it can into the taxonomy's words."""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.events import catalogue
from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.ingress.reading import raw_events
from functions.core.ingress.translating import Fields, flag, name, one_of, text, texts, whole
from functions.core.manifests.source import Reading, SourceManifest
from functions.core.platform.errors import UnreadableBody
from hookline.local.generated_secrets import generate_secret
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture
from hookline.testing.signing import prepare, sign, verify
from hookline.validation.discovery import FUNCTIONS

NOW = 1_790_000_000.0
STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=50)

FOLDERS = sorted(path.parent for path in FUNCTIONS.glob("providers/*/source.py"))
SOURCES: dict[str, SourceManifest] = {
    folder.name: importlib.import_module(f"functions.providers.{folder.name}.source").MANIFEST for folder in FOLDERS
}
FIXTURES = [fixtures.load(source, name) for source in SOURCES for name in fixtures.names(source)]
TRANSLATED = ["github", "hubspot", "intercom", "openai", "standard_webhooks", "stripe", "typeform", "zendesk"]

of_every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
of_every_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: f"{one.source}/{one.name}")


def translator(source: str) -> Callable[[RawEvent], Translation | None]:
    module = f"functions.providers.{source}.translate"
    return importlib.import_module(module).translate if find_spec(module) else lambda _: None


def read(fixture: Fixture) -> list[RawEvent]:
    return raw_events(fixture.body.encode(), fixture.headers, SOURCES[fixture.source].reading)


def translated(source: str, fixture: str) -> list[Translation | None]:
    return [translator(source)(raw_event) for raw_event in read(fixtures.load(source, fixture))]


def test_what_is_translated_is_what_is_meant_to_be() -> None:
    assert [source for source in SOURCES if find_spec(f"functions.providers.{source}.translate")] == TRANSLATED


@of_every_source
def test_a_source_says_on_a_page_of_its_own_what_it_is(source: SourceManifest) -> None:
    page = (FUNCTIONS / "providers" / source.name / "README.md").read_text()
    for told in ("Signs", "Id", "Retries", "Set up", "Translated", "Unmapped", "Doubts"):
        assert f"- **{told}:**" in page


@pytest.mark.parametrize(
    ("source", "headers", "body"),
    [
        ("github", {"x-github-event": "ping"}, {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {}}),
        ("pagerduty", {}, {"event": {"id": "01CExample", "event_type": "pagey.ping", "data": {"message": "Hello"}}}),
    ],
)
def test_a_providers_test_is_a_ping(source: str, headers: dict[str, str], body: dict[str, Any]) -> None:
    (ping,) = raw_events(json.dumps(body).encode(), headers, SOURCES[source].reading)
    assert ping.raw_type in SOURCES[source].pings


@of_every_source
def test_a_source_shows_a_delivery(source: SourceManifest) -> None:
    assert fixtures.names(source.name)


@of_every_fixture
def test_a_fixture_is_signed_verified_read_and_fits_the_taxonomy(fixture: Fixture) -> None:
    source, secret = fixture.source, generate_secret(SOURCES[fixture.source])
    url, body = prepare(
        source, url=f"https://hooks.example.com/{source}", body=fixture.body.encode(), secret=secret.signs, now=NOW
    )
    request = {"method": "POST", "url": url, "body": body}
    headers = {**fixture.headers, **sign(source, headers=fixture.headers, secret=secret.signs, now=NOW, **request)}
    verify(source, headers=headers, secrets=[secret.verifies], now=NOW, **request)
    assert raw_events(body, headers, SOURCES[source].reading)
    for raw_event in read(fixture):
        translation = translator(source)(raw_event)
        if translation is not None:
            assert catalogue.check(translation.type, translation.data) == translation.data


@of_every_fixture
def test_a_fixture_is_named_by_its_event_and_has_a_time_where_its_provider_gives_one(fixture: Fixture) -> None:
    for raw_event in read(fixture):
        assert re.sub(r"[^a-z0-9]+", "_", raw_event.raw_type.lower()) == fixture.name.split("__")[0]
        assert raw_event.time is None or raw_event.time.startswith("2026-09-21T")
    assert ("__unmapped" in fixture.name or fixture.source not in TRANSLATED) == all(
        translator(fixture.source)(raw_event) is None for raw_event in read(fixture)
    )


@of_every_fixture
def test_two_runs_of_a_fixture_are_two_happenings_each(fixture: Fixture) -> None:
    """An id of the provider's, or the body whose digest stands for it, differs from run to run."""
    one, other = fixture.fresh(), fixture.fresh()
    ids = [raw_event.id or run.body for run in (one, other) for raw_event in read(run)]
    items = len(read(fixture))
    assert len(set(ids)) == len(ids) == 2 * items


@of_every_fixture
def test_entities_are_named_by_the_signed_body_and_by_nothing_else(fixture: Fixture) -> None:
    values = set(leaves(json.loads(fixture.body))) if fixture.headers["content-type"].endswith("json") else set()
    for raw_event in read(fixture):
        translation = translator(fixture.source)(raw_event)
        for entity in translation.entities if translation else []:
            kind, _, id = entity.partition("/")
            assert re.fullmatch(rf"{fixture.source}:[a-z0-9_]+", kind)
            assert [part for part in id.split("/") if part not in values] == []
        assert translation is None or translation.subject == translation.entities[0]


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield str(value)


HEAD, BASE = "6dcb09b5b57875f334f61aebed695e2e4193db5e", "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c"

EXPECTED = {
    ("github", "pull_request_synchronize__from_a_fork"): Translation(
        "change.updated",
        "github:pull_request/octo-Example/octo-repo/12",
        ["github:pull_request/octo-Example/octo-repo/12", f"github:commit/octo-Example/octo-repo/{HEAD}"],
        {
            "repository": "octo-Example/octo-repo",
            "number": 12,
            "title": "Retry the export when the network is slow",
            "text": "The nightly export gave up after one timeout. It now tries three times.",
            "author": "stranger",
            "draft": False,
            "fork": True,
            "head": HEAD,
            "base": BASE,
            "base_branch": "main",
            "changed_files": 2,
            "changed_lines": 40,
            "action": "synchronize",
        },
    ),
    ("zendesk", "zen_event_type_ticket_comment_added__by_requester"): Translation(
        "ticket.updated",
        "zendesk:ticket/35Example",
        ["zendesk:ticket/35Example", "zendesk:user/8447Example"],
        {
            "ticket": "35Example",
            "change": "commented",
            "requester": "8447Example",
            "subject": "Charged twice",
            "text": "Any news about my money?",
            "author": "8447Example",
            "from_requester": True,
            "public": True,
            "channel": "web_service",
            "priority": "normal",
            "status": "open",
            "tags": ["billing", "card"],
        },
    ),
    ("intercom", "conversation_user_created__by_messenger"): Translation(
        "ticket.created",
        "intercom:conversation/2154Example",
        ["intercom:conversation/2154Example", "intercom:contact/667dExample"],
        {
            "ticket": "2154Example",
            "requester": "667dExample",
            "subject": "Cannot log in",
            "text": "Hello,\nI can't log in since yesterday.",
            "channel": "conversation",
            "priority": "normal",
            "status": "open",
            "tags": ["login"],
        },
    ),
    ("typeform", "form_response__demo_asked_for"): Translation(
        "lead.captured",
        "typeform:response/a3a12ec67a13Example",
        ["typeform:response/a3a12ec67a13Example", "typeform:form/lT4ZExample"],
        {
            "lead": "a3a12ec67a13Example",
            "channel": "form",
            "origin": "lT4ZExample",
            "email": "ada@example.com",
            "answers": [
                {"question": "What do you need?", "answer": "A demo for our support team."},
                {"question": "Where can we write to you?", "answer": "ada@example.com"},
                {"question": "Which of these do you use?", "answer": "Zendesk, Slack"},
                {"question": "May we call you?", "answer": "yes"},
                {"question": "How many are you?", "answer": "12"},
            ],
        },
    ),
    ("standard_webhooks", "trial_started__by_a_customer"): Translation(
        "product.event",
        "standard_webhooks:trial/acc_1Example",
        ["standard_webhooks:trial/acc_1Example"],
        {"name": "trial.started", "subject": "acc_1Example"},
    ),
    ("openai", "batch_expired__half_done"): Translation(
        "model.run.failed",
        "openai:batch/batch_6853Example",
        ["openai:batch/batch_6853Example"],
        {"run": "batch_6853Example", "kind": "batch", "ended": 1790000000, "reason": "expired"},
    ),
    ("stripe", "charge_dispute_created__fraudulent"): Translation(
        "payment.disputed",
        "stripe:dispute/du_Example",
        ["stripe:dispute/du_Example", "stripe:charge/ch_Example"],
        {
            "dispute": "du_Example",
            "charge": "ch_Example",
            "amount": 4200,
            "currency": "usd",
            "reason": "fraudulent",
            "status": "needs_response",
            "created": 1790000000,
            "due": 1790600000,
        },
    ),
}


@pytest.mark.parametrize(("source", "fixture"), EXPECTED)
def test_a_delivery_says_in_the_taxonomys_words_exactly_what_it_said(source: str, fixture: str) -> None:
    assert translated(source, fixture) == [EXPECTED[source, fixture]]


def test_a_list_of_happenings_is_as_many_translations() -> None:
    leads = translated("hubspot", "contact_creation__two_at_once")
    assert [lead.subject for lead in leads if lead] == ["hubspot:contact/1246Example", "hubspot:contact/2246Example"]
    assert [raw_event.id for raw_event in read(fixtures.load("hubspot", "contact_creation__two_at_once"))] == [
        "33/1160452/100Example/1790000000001/1246Example",
        "33/1160452/200Example/1790000000002/2246Example",
    ]


@pytest.mark.parametrize(
    ("fixture", "type"),
    [
        ("charge_failed__declined", "payment.failed"),
        ("charge_refunded__in_part", "payment.refunded"),
        ("radar_early_fraud_warning_created__stolen_card", "payment.suspected"),
        ("review_closed__approved", "payment.review_closed"),
        ("charge_succeeded__ordinary", "payment.succeeded"),
    ],
)
def test_what_a_fraud_agent_needs_of_stripe_is_translated(fixture: str, type: str) -> None:
    (translation,) = translated("stripe", fixture)
    assert translation and translation.type == type
    assert "stripe:charge/ch_Example" in translation.entities


# What somebody could try, and what providers might


def changed(source: str, fixture: str, raw_type: str | None = None, **changes: Any) -> RawEvent:
    """A fixture's first raw event with other values at dotted paths, written with __ for the dots."""
    first = read(fixtures.load(source, fixture))[0]
    body = json.loads(json.dumps(first.body))
    for path, value in changes.items():
        *way, last = path.split("__")
        node = body
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if value is ...:
            del node[last]
        else:
            node[last] = value
    return RawEvent(first.id, raw_type or first.raw_type, body, first.time)


def test_a_reviews_body_is_not_believed_to_be_a_pull_request_of_its_own() -> None:
    """The event's name is a header, which the signature does not cover; a review's body has no number beside it."""
    review = changed(
        "github",
        "pull_request_opened__ordinary",
        "pull_request.edited",
        action="edited",
        number=...,
        review={"state": "approved"},
    )
    with pytest.raises(UnreadableBody):
        translator("github")(review)
    with pytest.raises(UnreadableBody):
        translator("github")(changed("github", "pull_request_opened__ordinary", number=13))


@pytest.mark.parametrize("action", ["labeled", "assigned", "review_requested", "converted_to_draft", "Opened", ""])
def test_an_action_on_a_pull_request_that_changes_nothing_is_unmapped(action: str) -> None:
    raw_type = f"pull_request.{action}"
    assert translator("github")(changed("github", "pull_request_opened__ordinary", raw_type, action=action)) is None


@pytest.mark.parametrize(
    ("event", "body", "raw_type"),
    [
        ("pull_request", {"action": "opened", "number": 1}, "pull_request.opened"),
        ("issues", {"action": "opened"}, "issues.opened"),
        ("push", {"ref": "refs/heads/main"}, "push"),
        ("ping", {"zen": "Speak like a human."}, "ping"),
    ],
)
def test_githubs_raw_type_is_the_event_and_the_action_where_there_is_one(
    event: str, body: dict[str, Any], raw_type: str
) -> None:
    headers = {"x-github-event": event}
    (raw_event,) = raw_events(json.dumps(body).encode(), headers, SOURCES["github"].reading)
    assert raw_event.raw_type == raw_type


def test_the_unsigned_name_of_an_event_cannot_stand_for_a_missing_action() -> None:
    """A header of "pull_request.opened" makes the raw type of an opened pull request; the body has to agree."""
    body = {**read(fixtures.load("github", "pull_request_opened__ordinary"))[0].body}
    del body["action"]
    (forged,) = raw_events(
        json.dumps(body).encode(), {"x-github-event": "pull_request.opened"}, SOURCES["github"].reading
    )
    assert forged.raw_type == "pull_request.opened"
    with pytest.raises(UnreadableBody, match="action is missing"):
        translator("github")(forged)


def test_a_pull_request_whose_fork_is_gone_counts_as_one_from_outside() -> None:
    gone = translator("github")(changed("github", "pull_request_opened__ordinary", pull_request__head__repo=None))
    assert gone and gone.data["fork"] is True


@pytest.mark.parametrize("hostile", ["octo/../admin", "a b", "", "a/b", "ü", "a\nb", "x" * 256, {}, [], True, 1.5, -1])
def test_a_repositorys_name_cannot_make_another_entity(hostile: Any) -> None:
    with pytest.raises(UnreadableBody):
        translator("github")(changed("github", "pull_request_opened__ordinary", repository__name=hostile))


LONG = "ü" * 100_000


@pytest.mark.parametrize(
    ("source", "fixture", "changes"),
    [
        ("github", "pull_request_opened__ordinary", {"pull_request__title": LONG, "pull_request__body": LONG}),
        (
            "zendesk",
            "zen_event_type_ticket_created__by_web_form",
            {"detail__subject": LONG, "detail__tags": [LONG] * 99},
        ),
        ("zendesk", "zen_event_type_ticket_comment_added__by_requester", {"event__comment__body": LONG}),
        ("intercom", "conversation_user_created__by_messenger", {"data__item__source__body": f"<p>{LONG}</p>"}),
        ("typeform", "form_response__demo_asked_for", {"form_response__answers__0__text": LONG}),
        ("hubspot", "contact_creation__two_at_once", {"changeSource": LONG}),
        ("stripe", "charge_failed__declined", {"data__object__failure_code": LONG}),
    ],
)
def test_what_people_write_is_cut_and_never_refused_for_its_length(
    source: str, fixture: str, changes: dict[str, Any]
) -> None:
    translation = translator(source)(changed(source, fixture, **changes))
    assert translation and catalogue.check(translation.type, translation.data) == translation.data
    assert len(json.dumps(translation.data, ensure_ascii=False)) < 10_000


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>a</p><p>b<br/>c</p>", "a\nb\nc"),
        ("1 < 2 &amp;&lt;b&gt;", "1 < 2 &<b>"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<" * 50_000, "<" * 8000),
    ],
)
def test_intercoms_markup_becomes_text(raw: str, plain: str) -> None:
    made = translator("intercom")(
        changed("intercom", "conversation_user_created__by_messenger", data__item__source__body=raw)
    )
    assert made and made.data["text"] == plain


@pytest.mark.parametrize(
    ("tags", "read_as"), [("billing card", ["billing", "card"]), ("", []), (None, []), (["a b"], ["a b"])]
)
def test_zendesks_tags_are_a_list_however_they_are_written(tags: Any, read_as: list[str]) -> None:
    made = translator("zendesk")(changed("zendesk", "zen_event_type_ticket_created__by_web_form", detail__tags=tags))
    assert made and made.data["tags"] == read_as


def test_a_comment_of_nobodys_is_not_said_to_be_the_requesters() -> None:
    comment = {"id": "1", "body": None, "is_public": False, "author": None}
    made = translator("zendesk")(
        changed("zendesk", "zen_event_type_ticket_comment_added__by_requester", event__comment=comment)
    )
    assert made and catalogue.check(made.type, made.data) == made.data
    assert (made.data["author"], made.data["from_requester"], made.data["text"]) == (None, None, None)


def test_a_word_that_the_taxonomy_lacks_is_none() -> None:
    made = translator("zendesk")(
        changed("zendesk", "zen_event_type_ticket_created__by_web_form", detail__status="DELETED", detail__priority="")
    )
    assert made and (made.data["status"], made.data["priority"]) == (None, None)


def test_a_generic_subscription_captures_contacts_only() -> None:
    assert translated("hubspot", "object_creation__contact")[0]
    deal = changed("hubspot", "object_creation__contact", objectTypeId="0-3")
    assert translator("hubspot")(deal) is None


@pytest.mark.parametrize(
    ("raw_type", "entity"),
    [
        ("invoice.item.paid", "standard_webhooks:invoice_item/acc_1Example"),
        ("paid", None),
        ("Invoice.Paid", None),
        ("a/../b.c", None),
        ("invoice..paid", None),
    ],
)
def test_a_products_type_names_a_kind_of_entity_only_where_it_is_plain(raw_type: str, entity: str | None) -> None:
    made = translator("standard_webhooks")(
        changed("standard_webhooks", "trial_started__by_a_customer", raw_type=raw_type)
    )
    assert (made.subject if made else None) == entity


@pytest.mark.parametrize("raw_type", ["eval.run.canceled", "fine_tuning.job.cancelled", "response.incomplete"])
def test_a_model_run_that_did_not_end_well_failed(raw_type: str) -> None:
    made = translator("openai")(changed("openai", "batch_expired__half_done", raw_type=raw_type))
    assert made and made.type == "model.run.failed" and made.data["reason"] in ("cancelled", "incomplete")


# Whatever comes

junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(["opened", "closed", "", "x" * 10_000, "0-1", 10**40, -1, "\ud800", "a/b"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def raw_types(source: str) -> list[str]:
    table = getattr(importlib.import_module(f"functions.providers.{source}.translate"), "_TRANSLATIONS", {})
    return [*table, "invoice.paid", "unknown"]


@pytest.mark.parametrize("source", TRANSLATED)
def test_a_translation_of_junk_is_refused_as_unreadable_and_nothing_else(source: str) -> None:
    @given(st.dictionaries(st.sampled_from(["data", "detail", "event", "id", "action"]) | st.text(max_size=5), junk))
    @STABLE
    def of(body: dict[str, Any]) -> None:
        try:
            read = as_read(body)
        except UnreadableBody:
            return
        for raw_type in raw_types(source):
            only_unreadable(source, RawEvent(None, raw_type, read))

    of()


@pytest.mark.parametrize("source", TRANSLATED)
def test_a_translation_of_a_delivery_with_junk_in_one_place_is_one_or_is_refused(source: str) -> None:
    """This reaches what plain junk does not: everything is as documented, but for one value."""
    translate = translator(source)
    bodies = [one for fixture in FIXTURES if fixture.source == source for one in read(fixture) if translate(one)]

    @given(st.sampled_from(bodies), st.randoms(use_true_random=False), junk)
    @settings(STABLE, max_examples=120)
    def of(raw_event: RawEvent, random: Any, value: Any) -> None:
        body = json.loads(json.dumps(raw_event.body))
        nodes = list(containers(body))
        node = random.choice(nodes)
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if places:
            node[random.choice(places)] = value
        try:
            body = as_read(body)
        except UnreadableBody:
            return
        only_unreadable(source, RawEvent(raw_event.id, raw_event.raw_type, body))

    of()


def as_read(body: Any) -> Any:
    """What reading makes of it before a translation sees it: no NaN, no half of a surrogate pair."""
    (one,) = raw_events(json.dumps({"type": "x", "body": body}).encode(), {}, Reading(type=["type"]))
    return one.body["body"]


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def only_unreadable(source: str, raw_event: RawEvent) -> None:
    try:
        translation = translator(source)(raw_event)
    except UnreadableBody as error:
        assert len(str(error)) < 500  # it names the place and does not proposal what is there
        return
    if translation is None:
        return
    assert [entity for entity in translation.entities if not re.fullmatch(r"[a-z_]+:[a-z0-9_]+/[!-~]+", entity)] == []
    # A verifier does not look again: what a translation emits, the models must take as it is.
    assert catalogue.check(translation.type, translation.data) == translation.data


@given(junk, st.text(max_size=10))
@STABLE
def test_a_kind_of_value_reads_it_or_says_what_it_should_have_been(value: Any, path: str) -> None:
    for kind in (name, text(5), texts(5, 2), whole, flag, one_of({"a": 1})):
        for take in (Fields({"a": {"b": value}}).need, Fields({"a": {"b": value}}).may):
            try:
                take("a.b", kind)
                take(path, kind)
            except UnreadableBody as error:
                assert "\ud800" not in str(error)


def test_only_an_object_has_fields() -> None:
    fields = Fields({"list": [{"a": 1}, 2], "object": {}, "null": None, "text": "x"})
    assert fields.part("missing").may("anything", name) is None
    assert fields.parts("missing") == fields.parts("null") == []
    for wrong in (lambda: fields.parts("list"), lambda: fields.parts("object"), lambda: fields.part("text")):
        with pytest.raises(UnreadableBody):
            wrong()
    with pytest.raises(UnreadableBody, match="object.a is missing"):
        fields.part("object").need("a", name)
