"""Typeform's responses as domain events (https://www.typeform.com/developers/webhooks/example-payload/)."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.source import (
    LONGEST_LINE,
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_ITEMS,
    Fields,
    RawEvent,
    Translation,
    flag,
    name,
    text,
    texts,
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
    questions = {
        field.need("id", name): field.may("title", text(LONGEST_LINE)) for field in response.parts("definition.fields")
    }
    answers = response.parts("answers")
    emails = [answer.may("email", text(LONGEST_LINE)) for answer in answers if _type(answer) == "email"]
    given = [(questions.get(answer.need("field.id", name)), _text_of(answer)) for answer in answers]
    entities = [f"typeform:response/{token}"]
    data = {
        "lead": token,
        "channel": "form",
        "origin": form[:LONGEST_WORD],
        "email": next(filter(None, emails), None),
        "answers": [{"question": question, "answer": answer} for question, answer in given if answer][:MOST_ITEMS],
    }
    return Translation(type="lead.captured", subject=entities[0], entities=entities, data=data)


def _type(answer: Fields) -> str:
    return answer.need("type", text(LONGEST_WORD))


def _text_of(answer: Fields) -> str | None:
    """An answer as text; None for a type without text."""
    type = _type(answer)
    reading = _ANSWERS.get(type)
    if reading is None:
        return None
    path, kind = reading
    return answer.may(path or type, kind)


def _number(value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("a number")
    try:
        return str(value)[:LONGEST_WORD]
    except ValueError:  # thousands of digits
        raise ValueError("a number of a readable length") from None


def _yes_or_no(value: Any) -> str:
    return "yes" if flag(value) else "no"


def _list(value: Any) -> str:
    return ", ".join(texts(LONGEST_LINE, MOST_ITEMS)(value))[:LONGEST_TEXT]


_text = text(LONGEST_TEXT)

# The path of the answer ("" is the type's own name), and how it is read.
_ANSWERS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "text": ("", _text),
    "email": ("", _text),
    "phone_number": ("", _text),
    "date": ("", _text),
    "url": ("", _text),
    "number": ("", _number),
    "boolean": ("", _yes_or_no),
    "choice": ("choice.label", _text),
    "choices": ("choices.labels", _list),
}

_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {"form_response": _response}
