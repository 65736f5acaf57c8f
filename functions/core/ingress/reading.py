"""Reads the raw events in a delivery's body, at the paths of a source's `Reading`."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from functions.core.ingress.delivery import RawEvent, Unreadable
from functions.core.manifests.identity import Identity, SignedId
from functions.core.manifests.source import Reading
from functions.core.manifests.tenant import NAME, OneTenant, Tenant
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.nesting import DEEPEST, deeper_than
from functions.core.platform.paths import at

FORM = "application/x-www-form-urlencoded"
MOST_RAW_EVENTS = 1000
LONGEST_NAME = 256
UNTYPED = "untyped"  # the raw type of what has none
# Larger Unix times than this one, which is in the year 5138, are milliseconds.
MILLISECONDS_FROM = 1e11


def raw_events(body: bytes, headers: Mapping[str, str], reading: Reading, pings: Sequence[str] = ()) -> list[RawEvent]:
    """The raw events of a delivery; `headers` are in lower case. Raw events of a type in `pings` need no id.

    Raises UnreadableBody for a body that is not as `reading` describes it, or that cannot be written as JSON again, and
    for a list with an item that is not.
    """
    found = items_of(body, headers, reading, pings)
    for item in found:
        if isinstance(item, Unreadable):
            raise UnreadableBody(item.reason)
    return [item for item in found if isinstance(item, RawEvent)]


def items_of(
    body: bytes, headers: Mapping[str, str], reading: Reading, pings: Sequence[str] = ()
) -> list[RawEvent | Unreadable]:
    """As `raw_events`, but an item of a list that cannot be read stands in the place of its raw event."""
    content = _parse(body, headers, reading.form)
    if reading.items is None:
        return [_raw_event(content, headers, reading, pings)]
    return [_item(item, headers, reading, pings) for item in _list(at(content, reading.items))]


def list_of(items: Sequence[Any], reading: Reading) -> bytes:
    """A body that holds these items only, in the place where `reading` finds its list."""
    content: Any = list(items)
    for name in reversed(reading.items.split(".") if reading.items else []):
        content = {name: content}
    return json.dumps(content, ensure_ascii=False).encode()


def unsigned_of(headers: Mapping[str, str], reading: Reading) -> str:
    """What unsigned headers say of a delivery, as a part of its events' ids."""
    return "/".join(quote(headers.get(name, ""), safe="") for name in reading.unsigned_headers)


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the delivery says that it is a form."""
    return headers.get("content-type", "").split(";")[0].strip().lower() == FORM


def _item(item: Any, headers: Mapping[str, str], reading: Reading, pings: Sequence[str]) -> RawEvent | Unreadable:
    try:
        return _raw_event(item, headers, reading, pings)
    except UnreadableBody as error:
        return Unreadable(item, str(error))


def _raw_event(item: Any, headers: Mapping[str, str], reading: Reading, pings: Sequence[str]) -> RawEvent:
    if not isinstance(item, dict):
        raise UnreadableBody("a raw event is not an object")
    raw_type = _type(item, headers, reading.type)
    return RawEvent(
        id=None if raw_type in pings else _id(item, raw_type, reading.identity),
        raw_type=raw_type,
        body=item,
        time=_time(at(item, reading.time)) if reading.time else None,
        unsigned=unsigned_of(headers, reading),
        tenant=_tenant(item, headers, reading.tenant),
        form=reading.form is not None and is_form(headers),
        mode=_mode(item, reading.tenant),
    )


def _type(item: Any, headers: Mapping[str, str], paths: Sequence[str]) -> str:
    """The provider's type; UNTYPED for what has none, which is genuine all the same."""
    try:
        return ".".join(_words(item, headers, paths))
    except UnreadableBody:
        return UNTYPED


def _id(item: Any, raw_type: str, identity: Identity) -> str | None:
    if not isinstance(identity, SignedId) or not identity.paths:
        return None
    try:
        return "/".join(_words(item, {}, identity.of(raw_type)))
    except UnreadableBody:
        if identity.otherwise:
            return None
        raise


def _tenant(item: Any, headers: Mapping[str, str], tenant: Tenant | OneTenant) -> str:
    if isinstance(tenant, OneTenant):
        return ""
    found = _find(item, headers, tenant.path)
    named = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
    if named is None:
        named = tenant.own
    if not isinstance(named, str) or not NAME.fullmatch(named):
        return ""
    return named


def _mode(item: Any, tenant: Tenant | OneTenant) -> str:
    live = at(item, tenant.live) if isinstance(tenant, Tenant) and tenant.live else None
    return "" if not isinstance(live, bool) else "live" if live else "test"


def _parse(body: bytes, headers: Mapping[str, str], form: str | None) -> Any:
    if form is None or not is_form(headers):
        return _json(body)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=1000))
    except ValueError:
        raise UnreadableBody("the body is not a form") from None
    if not fields:
        raise UnreadableBody("the body is an empty form")
    return _json(fields[form].encode(errors="replace")) if form and form in fields else fields


def _json(body: bytes) -> Any:
    try:
        content = json.loads(body)
        if deeper_than(content, DEEPEST):
            raise UnreadableBody(f"the body is nested more than {DEEPEST} deep")
        # NaN is not JSON and would fail later, on our side. Half of a surrogate pair, a cut emoji, becomes "?".
        text = json.dumps(content, allow_nan=False, ensure_ascii=False)
        return content if _is_unicode(text) else json.loads(text.encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"the body is not JSON: {type(error).__name__}") from None


def _is_unicode(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def _words(item: Any, headers: Mapping[str, str], paths: Sequence[str]) -> list[str]:
    found = [(path, _find(item, headers, path)) for path in paths]
    return [_word(value, path) for path, value in found if value is not None or not path.endswith("|")]


def _find(item: Any, headers: Mapping[str, str], path: str) -> Any:
    for way in filter(None, path.split("|")):
        if way.startswith("="):
            return way[1:]
        name = way.removeprefix("header:")
        value = headers.get(name) if name != way else _at(item, way)
        if value is not None:
            return value
    return None


def _at(item: Any, path: str) -> Any:
    """The value at a path; if `*` is in it, the value that all items of the list there have, "" if they differ."""
    before, star, after = path.partition(".*.")
    if not star:
        return at(item, path)
    listed = at(item, before)
    values = [at(one, after) for one in listed] if isinstance(listed, list) else []
    if not values:
        return None
    return values[0] if all(value == values[0] for value in values) else ""


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_RAW_EVENTS:
        raise UnreadableBody(f"the body holds no list of 1 to {MOST_RAW_EVENTS} raw events")
    return value


def _word(value: Any, path: str) -> str:
    if isinstance(value, bool) and path.endswith("|"):
        value = str(value).lower()
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise UnreadableBody(f"{path} is not a name of 1 to {LONGEST_NAME} characters")
    return value


def _time(value: Any) -> str | None:
    """RFC 3339 in UTC from unix seconds, unix milliseconds or ISO 8601; None for anything else."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
        else:
            moment = datetime.fromtimestamp(value / 1000 if value >= MILLISECONDS_FROM else value, UTC)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError, OSError):
        return None
