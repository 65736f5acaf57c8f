"""Which answers of a form are a consent to get mail."""

import pytest

from functions.api.source import RawEvent
from functions.providers.typeform.translate import translate


def answer(ref, given, type="legal"):
    return {"type": "boolean", "boolean": given, "field": {"id": ref, "type": type, "ref": ref}}


def consent(*answers):
    """What the translation of a form with these answers says; a question's title is its name."""
    fields = [{"id": one["field"]["id"], "title": one["field"]["ref"]} for one in answers]
    response = {"form_id": "f", "token": "t", "definition": {"fields": fields}, "answers": list(answers)}
    found = translate(RawEvent("evt_1", "form_response", {"form_response": response})).data["consent"]
    return found and (found["given"], found["text"])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], None),
        ([answer("wants_a_demo", True, "yes_no")], None),
        ([answer("terms", True)], (True, "terms")),
        ([answer("terms", True), answer("mail", False)], (False, "mail")),
        ([answer("mail", False), answer("terms", True)], (False, "mail")),
        ([answer("terms", False), answer("Consent", True, "yes_no")], (True, "Consent")),
        ([answer("terms", True), answer("consent", False, "yes_no")], (False, "consent")),
        ([{"type": "boolean", "field": {"id": "consent", "type": "legal", "ref": "consent"}}], None),
    ],
)
def test_a_form_that_asks_for_its_terms_too_gives_no_consent_to_mail(answers, expected):
    """A question of the name counts before others; of several legal ones, one that was refused."""
    assert consent(*answers) == expected
