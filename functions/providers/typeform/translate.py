"""Typeform's responses as domain events (https://www.typeform.com/developers/webhooks/example-payload/)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from functions.api.source import (
    LONGEST_LINE,
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_ITEMS,
    Fields,
    RawEvent,
    Translation,
    name,
    text,
    translated,
)


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


def _response(body: Fields) -> Translation:
    response = body.part("form_response")
    token, form = response.need("token", name), response.need("form_id", name)
    questions = {field.may("id", _line): field.may("title", _line) for field in response.parts("definition.fields")} | {
        None: None
    }
    answers = response.parts("answers")
    emails = [answer.may("email", _line) for answer in answers if answer.may("type", _line) in ("email", None)]
    given = [(questions.get(answer.may("field.id", _line)), _text_of(answer)) for answer in answers]
    entities = [f"typeform:response/{token}"]
    data = {
        "lead": token,
        "channel": "form",
        "origin": form[:LONGEST_WORD],
        "email": next(filter(None, emails), None),
        "answers": _bounded([{"question": question, "answer": answer} for question, answer in given if answer]),
    }
    return Translation(type="lead.captured", subject=entities[0], entities=entities, data=data)


def _text_of(answer: Fields) -> str:
    """An answer as text, "" for an empty one.

    The answer is under the name of its type. Of a type that Typeform added since, or of none, everything is read.
    """
    type = answer.may("type", _line) or ""
    value = answer.all("field", "type")
    return _said(value.get(type, value))[:LONGEST_TEXT]


def _said(value: Any) -> str:
    """What a person said, as text: of a choice its labels and what was written in as "other", and no ids.

    Of a payment: amount: 12, last4: 4242, name: Ada, success: yes.
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int() | float():
            return _number(value)
        case list():
            return _joined(map(_said, value))
        case dict():
            named = {name: _said(part) for name, part in value.items() if name not in _IDS}
            return _joined(text if name in _SAYS or not text else f"{name}: {text}" for name, text in named.items())
    return ""


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(filter(None, texts))


def _number(value: int | float) -> str:
    try:
        return str(value)[:LONGEST_WORD]
    except ValueError:  # thousands of digits
        return "a number of thousands of digits"


def _bounded(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most MOST_ITEMS answers; the last one holds all the others, with their questions."""
    if len(answers) <= MOST_ITEMS:
        return answers
    rest = "\n".join(f"{one['question'] or ''}: {one['answer']}" for one in answers[MOST_ITEMS - 1 :])
    return [*answers[: MOST_ITEMS - 1], {"question": None, "answer": rest[:LONGEST_TEXT]}]


_line = text(LONGEST_LINE)

_IDS = ("id", "ids", "ref", "refs")
# The parts of an answer that say what they are without their name.
_SAYS = {"choice", "choices", "label", "labels", "other", "text", "email", "phone_number", "date", "url", "file_url"}
_SAYS |= {"number", "boolean"}

_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {"form_response": _response}
