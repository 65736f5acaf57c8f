"""Which names a new agent, provider or event can have; each refusal is one line that says what to do."""

import keyword
from collections.abc import Callable
from fnmatch import fnmatch

from functions.core.events.catalogue import events
from functions.core.events.domain_event import DomainEvent
from functions.core.manifests.checks import DETAIL_TYPE, require_name, require_tag
from functions.core.manifests.connector import RESERVED
from functions.core.manifests.places import ROOMS
from functions.core.platform.detail_types import UNMAPPED
from hookline.operator.errors import OperatorError
from hookline.validation.layout import NOT_RUN
from infra import naming

# Characters, so that every line that they are written in fits; EventBridge takes 128.
LONGEST_DETAIL_TYPE = 50
LONGEST_FIELD = 40
LONGEST_LINE = 80
# An agent's tools.py has a class for each connector beside these (hookline/validation/typed_tools.py).
_CLASSES = frozenset(
    [
        "Action",
        "Any",
        "ApprovalNeeded",
        "BudgetSoFar",
        "Literal",
        "Protocol",
        "Required",
        "Sequence",
        "Tools",
        "TypedDict",
    ]
)
# Used as types in the class of an event, which a field of the same name would hide.
_TYPES = frozenset({"bool", "int", "str"})


def check_agent(name: str) -> None:
    """Raise an error if no new agent can have this name, whatever exists."""
    _check_folder("agent", name, naming.agent)


def check_provider(name: str) -> None:
    """Raise an error if no new provider can have this name, whatever exists."""
    _check_folder("provider", name, naming.connector)
    class_name = class_of(name)
    if name in (*RESERVED, *ROOMS) or class_name in _CLASSES:
        raise OperatorError(f"provider name {name!r} is reserved (agents have it already): choose another name")


def check_event(detail_type: str) -> str:
    """The name of the new event's file, without its suffix. Raises an error if no new event can have this type."""
    if len(detail_type) > LONGEST_DETAIL_TYPE or not DETAIL_TYPE.fullmatch(detail_type):
        raise OperatorError(
            f"event {detail_type!r}: write a thing and what happened to it, like 'note.taken', in lower-case letters, "
            f"digits, '_' and '.', up to {LONGEST_DETAIL_TYPE} characters"
        )
    if detail_type.rpartition(".")[2] == UNMAPPED:
        raise OperatorError(f"event {detail_type!r} is reserved for raw events without a translation: choose another")
    if detail_type in events():
        raise OperatorError(f"there is an event {detail_type!r} already: choose another name, or edit that one")
    stem = detail_type.replace(".", "_")
    if any(fnmatch(f"{stem}.py", pattern) for pattern in NOT_RUN):
        raise OperatorError(f"event {detail_type!r} is reserved: no zip holds a file {stem}.py; choose another name")
    return stem


def check_field(name: str) -> None:
    """Raise an error if no field of an event can have this name."""
    good = name.isascii() and name.isidentifier() and name == name.lower() and name[:1] != "_"
    taken = keyword.iskeyword(name) or name in _TYPES or name.startswith("model_")
    good = good and len(name) <= LONGEST_FIELD
    if not good or taken or hasattr(DomainEvent, name) or name in DomainEvent.__annotations__:
        what = "is reserved" if good else "is no name"
        raise OperatorError(f"field {name!r} {what}: write another, like 'text', in lower-case letters, digits and '_'")


def check_line(what: str, value: str) -> None:
    """Raise an error unless `value` is a short line that AWS accepts as a tag."""
    require_tag(what, value)
    if len(value) > LONGEST_LINE or not value.isprintable():
        raise OperatorError(f"{what} {value!r}: one line of up to {LONGEST_LINE} characters")


def class_of(name: str) -> str:
    """The class that is named after `name`: NoteTaken of note_taken."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _check_folder(kind: str, name: str, function_of: Callable[[str], str]) -> None:
    require_name(kind, name)
    function = function_of(name)
    if keyword.iskeyword(name):
        raise OperatorError(f"{kind} name {name!r} is a word of Python: choose another name")
    if not naming.fits_role(function):
        longest = len(name) - (len(naming.role(function, "")) + naming.LONGEST_REGION - naming.LONGEST_ROLE)
        raise OperatorError(f"{kind} name {name!r} is too long for AWS: up to {longest} characters")
