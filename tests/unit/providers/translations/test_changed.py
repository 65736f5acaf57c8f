"""What a translation makes of a fixture with other values: hostile, long, missing or unknown ones."""

import json
from typing import Any

import pytest

from functions.core.events import catalogue
from functions.core.ingress.reading import raw_events
from functions.core.platform.errors import UnreadableBody
from hookline.testing import fixtures
from tests.unit.providers.translations.readings import SOURCES, changed, read, translated, translator


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
def test_a_repositorys_id_cannot_make_another_entity(hostile: Any) -> None:
    with pytest.raises(UnreadableBody):
        translator("github")(changed("github", "pull_request_opened__ordinary", repository__id=hostile))


def test_a_repository_that_is_renamed_and_moved_keeps_its_entities() -> None:
    """The new name is shown."""
    moved = {"name": "exports", "full_name": "new-owner/exports", "owner": {"login": "new-owner", "id": 2}}
    (before,) = translated("github", "pull_request_opened__ordinary")
    body = read(fixtures.load("github", "pull_request_opened__ordinary"))[0].body
    after = translator("github")(
        changed("github", "pull_request_opened__ordinary", repository={**body["repository"], **moved})
    )
    assert before and after and after.entities == before.entities
    assert (before.data["repository"], after.data["repository"]) == ("octo-Example/octo-repo", "new-owner/exports")


def test_a_repository_under_the_old_name_of_another_is_another() -> None:
    """Names become free."""
    (before,) = translated("github", "pull_request_opened__ordinary")
    other = translator("github")(changed("github", "pull_request_opened__ordinary", repository__id=99))
    assert before and other and not set(other.entities) & set(before.entities)
    assert other.data["fork"] is True


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


def test_a_comment_without_an_author_is_not_the_requesters() -> None:
    comment = {"id": "1", "body": None, "is_public": False, "author": None}
    made = translator("zendesk")(
        changed("zendesk", "zen_event_type_ticket_comment_added__by_requester", event__comment=comment)
    )
    assert made and catalogue.check(made.type, made.data) == made.data
    assert (made.data["author"], made.data["from_requester"], made.data["text"]) == (None, None, None)


def test_a_word_that_the_domain_event_lacks_becomes_null() -> None:
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
