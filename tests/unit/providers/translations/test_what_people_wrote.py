"""What people wrote is kept in whatever form it comes, and who wrote it follows from their ids."""

from typing import Any

import pytest

from functions.core.events import catalogue
from tests.unit.providers.translations.readings import changed, translator


def reply(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The data of a reply with these parts of the conversation."""
    listed = {"type": "conversation_part.list", "conversation_parts": list(parts)}
    made = translator("intercom")(
        changed("intercom", "conversation_user_replied__again", data__item__conversation_parts=listed, **changes)
    )
    assert made and catalogue.check(made.type, made.data) == made.data
    return dict(made.data)


def part(author: str, kind: str = "user", body: str | None = "<p>Hi</p>", part_type: str = "comment") -> dict[str, Any]:
    return {"type": "conversation_part", "part_type": part_type, "body": body, "author": {"type": kind, "id": author}}


def test_an_intercom_reply_without_parts_is_a_comment_without_text() -> None:
    """So it comes for a reply of which Intercom sends no part."""
    said = reply()
    assert (said["ticket"], said["change"], said["requester"]) == ("2154Example", "commented", "667dExample")
    assert [said[name] for name in ("text", "author", "from_requester", "public")] == [None] * 4


@pytest.mark.parametrize("odd", [None, "none", 7, [], ["x", 7], {"conversation_parts": "none"}, {"parts": []}], ids=str)
def test_intercom_parts_in_an_unknown_form_are_no_parts(odd: Any) -> None:
    made = translator("intercom")(
        changed("intercom", "conversation_user_replied__again", data__item__conversation_parts=odd)
    )
    assert made and (made.type, made.data["text"]) == ("ticket.updated", None)


@pytest.mark.parametrize(
    ("author", "kind", "is_requester"),
    [
        ("667dExample", "user", True),
        ("667dExample", "a new kind", True),
        ("88eeExample", "user", False),
        ("88eeExample", "lead", False),
        ("814860", "admin", False),
        ("814860", "bot", False),
    ],
)
def test_who_replied_is_told_by_comparing_ids(author: str, kind: str, is_requester: bool) -> None:
    """A second contact of a conversation is of the same kind as its requester, and not them."""
    assert reply(part(author, kind))["from_requester"] is is_requester


def test_what_a_person_wrote_is_found_beside_parts_without_a_text() -> None:
    said = reply(part("667dExample", body="<p>It broke again.</p>"), part("1", "bot", None, "assignment"))
    assert (said["text"], said["author"], said["from_requester"]) == ("It broke again.", "667dExample", True)


def test_the_requester_of_a_conversation_is_the_contact_who_began_it() -> None:
    """Contacts can be in any order, and an operator can begin a conversation."""
    contacts = [{"type": "contact", "id": "88eeExample"}, {"type": "contact", "id": "667dExample"}]
    assert reply(data__item__contacts={"contacts": contacts})["requester"] == "667dExample"
    by_us = {"type": "admin", "id": "814860"}
    began = {"data__item__source__author": by_us, "data__item__contacts": {"contacts": contacts}}
    assert reply(**began)["requester"] == "88eeExample"


def test_a_comment_on_a_ticket_is_the_requesters_if_the_ids_are_the_same() -> None:
    """Staff can request, and a customer can comment on somebody else's ticket."""
    for id, is_requester in (("8447Example", True), ("9999Example", False)):
        for is_staff in (True, False):
            author = {"id": id, "is_staff": is_staff, "name": "Ada"}
            made = translator("zendesk")(
                changed("zendesk", "zen_event_type_ticket_comment_added__by_requester", event__comment__author=author)
            )
            assert made and made.data["from_requester"] is is_requester


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"type": "choice", "choice": {"id": "other", "other": "Second-hand books"}}, "Second-hand books"),
        ({"type": "choice", "choice": {"id": "x", "label": "Shop", "ref": "r"}}, "Shop"),
        (
            {"type": "choices", "choices": {"ids": ["a", "other"], "labels": ["Shop"], "other": "Markets"}},
            "Shop, Markets",
        ),
        ({"type": "choices", "choices": {"other": "Markets"}}, "Markets"),
        ({"type": "file_url", "file_url": "https://api.example/f.pdf"}, "https://api.example/f.pdf"),
        (
            {"type": "payment", "payment": {"amount": "12", "last4": "4242", "name": "Ada", "success": True}},
            "amount: 12, last4: 4242, name: Ada, success: yes",
        ),
        ({"type": "phone_number", "phone_number": "+14155550100"}, "+14155550100"),
        ({"type": "boolean", "boolean": False}, "no"),
        ({"type": "number", "number": 0}, "0"),
        ({"type": "ranking", "ranking": {"ids": ["a"], "labels": ["First", "Second"]}}, "First, Second"),
        ({"type": "new_type", "new_type": {"words": ["one", {"text": "two"}]}}, "words: one, two"),
        ({"type": "new_type", "text": "under another name"}, "under another name"),
        ({"text": "without a type"}, "without a type"),
        ({"type": "text", "text": ["a list", "now"]}, "a list, now"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_every_answer_of_a_form_is_kept_in_whatever_form_it_comes(answer: dict[str, Any], said: str) -> None:
    answer = {**answer, "field": {"id": "DlXFaesGBpoF", "type": "any", "ref": "need"}}
    made = translator("typeform")(changed("typeform", "form_response__demo_asked_for", form_response__answers=[answer]))
    assert made and catalogue.check(made.type, made.data) == made.data
    assert made.data["answers"] == [{"question": "What do you need?", "answer": said}]


def test_the_answers_of_a_long_form_are_all_kept() -> None:
    """The last of the listed answers holds those that are over the limit of a list."""
    answers = [{"type": "text", "text": f"answer {number}", "field": {"id": f"q{number}"}} for number in range(70)]
    made = translator("typeform")(changed("typeform", "form_response__demo_asked_for", form_response__answers=answers))
    assert made and catalogue.check(made.type, made.data) == made.data
    said = "\n".join(one["answer"] for one in made.data["answers"])
    assert [number for number in range(70) if f"answer {number}" not in said] == []


def test_a_number_of_thousands_of_digits_is_an_answer() -> None:
    """Python writes no number of that length."""
    answer = {"type": "number", "number": 10**5000}
    made = translator("typeform")(changed("typeform", "form_response__demo_asked_for", form_response__answers=[answer]))
    assert made and made.data["answers"] == [{"question": None, "answer": "a number of thousands of digits"}]
