"""What a response says of a person, by its questions' names (`ref`) and its hidden fields. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from functions.api.source import LONGEST_LINE, LONGEST_TEXT, LONGEST_WORD, MOST_ITEMS, Fields, flag, text

line, word = text(LONGEST_LINE), text(LONGEST_WORD)

# The names of questions, as their authors give them in Typeform, and the field of the event. A form's author who names
# none gets the answers as text.
NAMED: Mapping[str, str] = {
    **dict.fromkeys(("full_name", "name"), "full_name"),
    **dict.fromkeys(("company", "organization", "organisation"), "company"),
    **dict.fromkeys(("size", "employees", "company_size", "people"), "size"),
    "country": "country",
    **dict.fromkeys(("product", "plan"), "product"),
}
PARTS = ("first_name", "last_name")
WORDS = ("size", "country", "product")
UTM = ("source", "medium", "campaign", "term", "content")

_IDS = ("id", "ids", "ref", "refs")
# The parts of an answer that say what they are without their name.
_SAYS = {"choice", "choices", "label", "labels", "other", "text", "email", "phone_number", "date", "url", "file_url"}
_SAYS |= {"number", "boolean"}


def named(answers: Iterable[Fields], hidden: Mapping[str, str]) -> dict[str, str | None]:
    """The fields of NAMED: by the answers, or else by the hidden fields of the same names."""
    said = {(answer.may("field.ref", line) or "").lower(): text_of(answer) for answer in answers}
    whole = " ".join(filter(None, (said.get(part) or hidden.get(part) for part in PARTS)))
    found: dict[str, str | None] = dict.fromkeys(NAMED.values())
    for given in (said, hidden):
        for name, field in NAMED.items():
            found[field] = found[field] or given.get(name) or None
    found["full_name"] = found["full_name"] or whole or None
    return {name: value and value[: LONGEST_WORD if name in WORDS else LONGEST_LINE] for name, value in found.items()}


def consent(answers: Iterable[Fields], questions: Mapping[str | None, str | None], at: str | None) -> Any:
    """The answer to the question of the name "consent", or else to those of Typeform's type "legal"; None without any.

    Of several it is the first that was refused, if one was: a form also asks for its terms in such a question.
    """
    given = [(answer, answer.may("boolean", flag)) for answer in answers]
    named = [one for one in given if (one[0].may("field.ref", line) or "").lower() == "consent" and one[1] is not None]
    legal = [one for one in given if one[0].may("field.type", word) == "legal" and one[1] is not None]
    asked = sorted(named or legal, key=lambda one: bool(one[1]))
    if not asked:
        return None
    answer, yes = asked[0]
    return {"given": yes, "text": questions.get(answer.may("field.id", line)), "at": at}


def campaign(hidden: Mapping[str, str]) -> dict[str, str | None] | None:
    """The UTM parameters among the hidden fields, None without any."""
    found = {name: hidden.get(f"utm_{name}", "")[:LONGEST_WORD] or None for name in UTM}
    return found if any(found.values()) else None


def hidden_of(response: Fields) -> dict[str, str]:
    """The hidden fields by their names in small letters; those without a value are left out."""
    texts = {str(name).lower(): _said(value) for name, value in response.part("hidden").all().items()}
    return {name[:LONGEST_WORD]: value[:LONGEST_LINE] for name, value in texts.items() if name and value}


def text_of(answer: Fields) -> str:
    """An answer as text, "" for an empty one.

    The answer is under the name of its type. Of a type that Typeform added since, or of none, everything is read.
    """
    type = answer.may("type", line) or ""
    value = answer.all("field", "type")
    return _said(value.get(type, value))[:LONGEST_TEXT]


def bounded(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most MOST_ITEMS answers; the last one holds all the others, with their questions."""
    if len(answers) <= MOST_ITEMS:
        return answers
    rest = "\n".join(f"{one['question'] or ''}: {one['answer']}" for one in answers[MOST_ITEMS - 1 :])
    return [*answers[: MOST_ITEMS - 1], {"question": None, "answer": rest[:LONGEST_TEXT]}]


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
            parts = {name: _said(part) for name, part in value.items() if name not in _IDS}
            return _joined(text if name in _SAYS or not text else f"{name}: {text}" for name, text in parts.items())
    return ""


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(filter(None, texts))


def _number(value: int | float) -> str:
    try:
        return str(value)[:LONGEST_WORD]
    except ValueError:  # thousands of digits
        return "a number of thousands of digits"
