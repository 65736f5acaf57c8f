"""The outcome WaitFor: the agent ends, and is woken again by the next event that concerns an entity."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from functions.core.authority import grants
from functions.core.platform.action import Action
from functions.core.platform.canonical import compact
from functions.core.platform.errors import ApprovalNeeded, Denied, PermanentError
from functions.core.runtime.outcomes import Context, Outcome, Publication
from functions.core.runtime.waited import Pending, Waited

LONGEST = grants.LIFETIME
RESERVE_SECONDS = 60  # of the grant's life, for what happens at the end of a wait
LONGEST_NOTE = 16_000  # characters
LARGEST = 300_000  # bytes of a wait; DynamoDB's item holds 400 KB


@dataclass(frozen=True)
class WaitFor(Outcome):
    """Wait for the next event of the detail type `event` that names `entity`, for up to `until` seconds.

    The manifest declares the type in `waits`, and the event that woke the agent names the entity. What comes wakes
    `run` again, with `tools.waited`: `note` is kept there, a small JSON object. If nothing comes in time, the outcome
    `otherwise` happens: what is published then, or whom is asked. It happens earlier if the grant expires earlier.
    """

    event: str
    entity: str
    until: int
    otherwise: Outcome
    note: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def subject(self) -> str:
        return f"{self.event} of {self.entity}"

    def publication(self, context: Context) -> Publication | None:
        return None

    def wait(self, context: Context) -> Pending:
        """Raises Denied for what the manifest or the grant does not name, PermanentError for what cannot be kept."""
        manifest, grant, now = context.manifest, grants.unverified(context.event.grant), int(context.now)
        if all(one.detail_type != self.event for one in manifest.waits):
            raise Denied(f"agent {manifest.name} does not declare that it waits for {self.event}")
        if self.entity not in grant.entities:
            raise Denied(f"it cannot wait for {self.event} of {self.entity}: the grant does not name that entity")
        if type(self.until) is not int or not 1 <= self.until <= LONGEST:
            raise PermanentError(f"until {self.until!r}: seconds from 1 to {LONGEST}, which a grant lives")
        until = min(now + self.until, grant.expires - RESERVE_SECONDS)
        if until <= now:
            raise Denied(f"the grant expires in {grant.expires - now} s: too soon to wait for {self.event}")
        self._check_otherwise(context)
        note = _json("note", dict(self.note))
        if len(note) > LONGEST_NOTE:
            raise PermanentError(f"note: {len(note)} characters of JSON, and at most {LONGEST_NOTE} are kept")
        began = replace(context.event, raw=None)
        pending = Pending(Waited(began, self.event, self.entity, now, json.loads(note)), until, written(self.otherwise))
        if len(compact(asdict(pending)).encode()) > LARGEST:
            raise PermanentError(f"the event that waits is larger than {LARGEST} bytes")
        return pending

    def _check_otherwise(self, context: Context) -> None:
        """Find now what would be a dead letter days later."""
        if isinstance(self.otherwise, WaitFor) or not is_dataclass(self.otherwise):
            raise PermanentError(f"otherwise {type(self.otherwise).__name__}: an outcome such as Done, and no WaitFor")
        made = self.otherwise.publication(replace(context, propose=_unasked))
        if made and context.check:
            context.check(made.type, made.data)
        read(written(self.otherwise))


def written(outcome: Outcome) -> str:
    """An outcome as JSON, by the name of its class."""
    return _json("otherwise", {"kind": type(outcome).__name__, "fields": asdict(outcome)})  # type: ignore[call-overload]  # every outcome is a dataclass


def read(text: str) -> Outcome:
    """The outcome that `written` wrote. Raises PermanentError if its class is gone, or has other fields by now."""
    said = json.loads(text)
    kind = next((one for one in _kinds(Outcome) if one.__name__ == said["kind"]), None)
    if kind is None:
        raise PermanentError(f"otherwise: there is no outcome {said['kind']}")
    try:
        outcome: Outcome = TypeAdapter(kind).validate_python(said["fields"])
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise PermanentError(f"otherwise {said['kind']}: {wrong}") from None
    return outcome


def _kinds(kind: type) -> Iterator[type]:
    """Every kind of outcome below `kind` that is imported: what an agent returned, it imports."""
    below: list[type] = kind.__subclasses__()
    for one in below:
        yield one
        yield from _kinds(one)


def _json(what: str, value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise PermanentError(f"{what} cannot be kept as JSON: {error}") from None


def _unasked(action: Action) -> ApprovalNeeded:
    """No connector is asked before the wait ends: what it proposes depends on the state by then."""
    return ApprovalNeeded("", "", action)
