"""What was submitted to the forms that have our webhook, for the reconcile service: one page of one form at a time.

A cursor is `page/form/until`: the page of the account's forms, the form on it, and the time down to which its responses
were read. Times are read down with `until`, because Typeform documents its tokens `before` and `after` and the times
`since` and `until` as alternatives.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from functions.api.performer import OutcomeUnknown, Refused
from functions.providers.typeform.operations import requests

Ask = Callable[..., Any]  # ask(request, **arguments) -> the answer of one request
PAGE = 100  # responses: one has some kilobytes, and an answer is at most 2 MB
MOST_FORMS = 10  # that are looked at in one call; Typeform takes two requests a second
OURS = "/webhooks/typeform"  # the end of the path of our address


def listed(arguments: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """One page: the `form` with its questions, since when it has `our` webhook, `items`, and `after`.

    `form` is None for a page that found no form of ours. Raises Refused if the forms changed meanwhile.
    """
    number, name, until = _cursor(arguments)
    forms = ask(requests.FORMS, page=number)
    ids, pages = [_text(one, "id") for one in _list(forms, "items")], forms.get("page_count")
    if type(pages) is not int:
        raise OutcomeUnknown("typeform answered without page_count")
    if name and name not in ids:
        raise Refused("typeform's forms changed while they were read: reconcile again")
    start = ids.index(name) if name else 0
    for position in range(start, min(start + MOST_FORMS, len(ids))):
        form, following = ids[position], _following(ids, position, number, pages)
        ours = _ours(ask(requests.WEBHOOKS, form=form))
        if ours is None:
            continue
        upper = until if form == name and until else arguments["until"]
        found = ask(requests.RESPONSES, form=form, since=arguments["since"], until=upper, page_size=PAGE)
        items = _list(found, "items")
        if len(items) >= PAGE:
            following = f"{number}/{form}/{_oldest(items, upper)}"
        questions = ask(requests.FORM, form=form) if items else {"id": form}
        return {"form": questions, "ours": ours, "items": items, "after": following}
    last = min(start + MOST_FORMS, len(ids)) - 1
    return {"form": None, "ours": None, "items": [], "after": _following(ids, last, number, pages)}


def _cursor(arguments: Mapping[str, Any]) -> tuple[int, str, int]:
    parts = str(arguments.get("after") or "1//0").split("/")
    if len(parts) != 3 or not parts[0].isdecimal() or not parts[2].isdecimal():
        raise Refused(f"{arguments.get('after')!r} is no cursor of this listing")
    return int(parts[0]), parts[1], int(parts[2])


def _following(ids: list[str], position: int, number: int, pages: int) -> str:
    """The cursor of the form after this one, "" after the last."""
    if position + 1 < len(ids):
        return f"{number}/{ids[position + 1]}/0"
    return f"{number + 1}//0" if number < pages else ""


def _ours(answer: Any) -> str | None:
    """When our webhook was set up, "" if Typeform does not say it; None without one.

    A disabled one counts: Typeform disables a webhook whose address answers 404 or 410.
    """
    found = [
        one.get("created_at")
        for one in _list(answer, "items")
        if isinstance(one, Mapping) and urlsplit(str(one.get("url"))).path.rstrip("/").endswith(OURS)
    ]
    if not found:
        return None
    return min(str(at) for at in found) if all(isinstance(at, str) for at in found) else ""


def _oldest(items: list[Any], upper: int) -> int:
    """The time of the oldest response of a full page. Raises Refused if that does not lead on."""
    times = [_second(one.get("submitted_at")) for one in items if isinstance(one, Mapping)]
    oldest = min((at for at in times if at is not None), default=upper)
    if oldest >= upper:
        raise Refused(f"{PAGE} responses or more were submitted to a form within one second: they cannot be told apart")
    return oldest


def _second(value: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(value.rstrip("Z")).replace(tzinfo=UTC).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None


def _list(answer: Any, name: str) -> list[Any]:
    found = answer.get(name) if isinstance(answer, Mapping) else None
    # A form without webhooks, or a time without responses, can leave its list out.
    if found is None and isinstance(answer, Mapping):
        return []
    if not isinstance(found, list):
        raise OutcomeUnknown(f"typeform answered without a list of {name}")
    return found


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, str) or not found or "/" in found:
        raise OutcomeUnknown(f"typeform answered with an item without {name}")
    return found
