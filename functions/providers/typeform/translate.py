"""Typeform's responses as domain events (https://www.typeform.com/developers/webhooks/example-payload/)."""

from collections.abc import Callable, Mapping

from functions.api.source import LONGEST_WORD, MOST_ITEMS, Fields, RawEvent, Translation, address_of, name, translated
from functions.providers.typeform import answers
from functions.providers.typeform.answers import line, word


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _response(body: Fields) -> Translation:
    response = body.part("form_response")
    token, form = response.need("token", name), response.need("form_id", name)
    questions = {field.may("id", line): field.may("title", line) for field in response.parts("definition.fields")} | {
        None: None
    }
    given, hidden, at = response.parts("answers"), answers.hidden_of(response), response.may("submitted_at", word)
    emails = [answer.may("email", line) for answer in given if answer.may("type", line) in ("email", None)]
    email = next(filter(None, emails), None)
    address = address_of(email)
    said = [(questions.get(answer.may("field.id", line)), answers.text_of(answer)) for answer in given]
    own = f"typeform:response/{token}"
    data = {
        "lead": token,
        "channel": "form",
        "origin": form[:LONGEST_WORD],
        "email": email,
        "address": address and address.email,
        "person": address and address.mailbox,
        "meant": (address and address.meant) or None,
        **answers.named(given, hidden),
        "consent": answers.consent(given, questions, at),
        "utm": answers.campaign(hidden),
        "answers": answers.bounded([{"question": question, "answer": answer} for question, answer in said if answer]),
        "form": form,
        "submitted": at,
        "hidden": [{"name": named, "value": value} for named, value in hidden.items()][:MOST_ITEMS],
    }
    entities = [own, *(address.entities if address else ())]
    return Translation(type="lead.captured", subject=own, entities=entities, data=data)


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {"form_response": _response}
