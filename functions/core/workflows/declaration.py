"""What a workflow declares: its members and its limits. A pattern's declaration adds what is its own.

A declaration is checked as a whole when it is made: DeclarationError lists every finding. Whether the members exist is
for who knows the agents.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

from functions.core.authority.grants import LIFETIME
from functions.core.manifests.checks import DETAIL_TYPE, require_name
from functions.core.manifests.workflow import Workflow
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ManifestError

PERSON = "person"  # a member of every workflow, whom no declaration names
MOST_MEMBERS = 10
MOST_ATTEMPTS = 3
SHORTEST_REVIEW = 60  # seconds; a person needs some
MOST_NEWS = 5

SameEntity = Literal["start", "supersede", "join"]


class DeclarationError(ManifestError):
    """A declaration has `findings`; the message is all of them."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, kw_only=True)
class Declaration(Workflow):
    """The limits that every workflow has, in seconds unless they say otherwise.

    `seconds` is the deadline of the run, `patience` that of one attempt of one task, and `person_seconds` how long a
    person has to decide. `attempts` is how often a task is given to a member before the pattern does without an answer.
    `compensates` names the members that can undo what they did: a cancelled or superseded run asks them to.

    `same_entity` is what an event does while a run about the same entity is under way: it starts another run beside
    that one ("start"), ends that one and starts another ("supersede"), or joins that one ("join"); a run takes `news`
    such events, and the one after them ends it. `ends` are detail types that end such a run and start none. `states`
    are two fields of an event's data, the state of the entity that it is about and the one before: they order events
    of the same time, with "supersede".

    `task` are the fields of an event's data that are the run's task, () for all of them. `skips` is a pure function of
    an event's data that returns why such an event does nothing here, "" if it does.
    """

    # Why an event cannot join a run of this pattern, "" if it can.
    cannot_join: ClassVar[str] = ""

    seconds: int = 24 * 3600
    patience: int = 15 * 60
    attempts: int = 2
    person_seconds: int = 8 * 3600
    compensates: Sequence[str] = ()
    same_entity: SameEntity = "start"
    ends: Sequence[str] = ()
    news: int = 3
    states: Sequence[str] = ()
    task: Sequence[str] = ()
    skips: Callable[[Mapping[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        if found := self.findings():
            raise DeclarationError(found)

    @abstractmethod
    def own_findings(self) -> Iterator[str]:
        """What is wrong with the pattern's own part. The members are texts by then."""

    def may_join(self, holders: Sequence[str]) -> bool:
        """Whether an event may join a run whose open tasks are those of `holders`. If not, it waits for the end."""
        return True

    @property
    def tries(self) -> int:
        """How often one task is assigned."""
        return self.attempts

    def findings(self, grant_seconds: int = LIFETIME) -> tuple[str, ...]:
        """All that is wrong, for a run whose grant lives so many seconds."""
        return tuple(self._findings(grant_seconds))

    def _findings(self, grant_seconds: int) -> Iterator[str]:
        limits = (
            *whole("seconds", self.seconds, 1, None),
            *whole("patience", self.patience, 1, None),
            *whole("attempts", self.attempts, 1, MOST_ATTEMPTS),
            *whole("person_seconds", self.person_seconds, SHORTEST_REVIEW, None),
            *whole("news", self.news, 1, MOST_NEWS),
        )
        yield from limits
        yield from self._of_same_entity()
        yield from self._of_states()
        yield from self._of_task()
        if not limits:
            yield from self._times(grant_seconds)
        wrong = (*_named("member", self.members), *_named("compensates", self.compensates))
        yield from wrong
        if wrong:
            return
        if len(self.members) > MOST_MEMBERS:
            yield f"{len(self.members)} members: at most {MOST_MEMBERS}"
        if strange := sorted({*self.compensates} - {*self.members}):
            yield f"compensates {', '.join(strange)}: not a member"
        yield from self.own_findings()

    def _of_same_entity(self) -> Iterator[str]:
        yield from one_of("same_entity", self.same_entity, get_args(SameEntity))
        if self.same_entity == "join" and self.cannot_join:
            yield f"same_entity 'join': {self.cannot_join}; use 'supersede'"
        if not isinstance(self.ends, list | tuple):
            yield f"ends {self.ends!r}: write a list of detail types"
            return
        for type in self.ends:
            if not (isinstance(type, str) and DETAIL_TYPE.fullmatch(type)):
                yield f"ends {type!r}: a detail type looks like 'change.closed'"
        yield from twice("ends", self.ends)
        if self.ends and self.same_entity == "start":
            yield "ends: with same_entity 'start', one entity may have several runs; use 'supersede' or 'join'"

    def _of_states(self) -> Iterator[str]:
        if not self.states:
            return
        named = isinstance(self.states, list | tuple) and all(isinstance(name, str) for name in self.states)
        if not named or len(self.states) != 2:
            yield f"states {self.states!r}: write two fields of the event's data, the state now and the one before"
        if self.same_entity != "supersede":
            yield "states: they say which event supersedes which; use same_entity 'supersede'"

    def _of_task(self) -> Iterator[str]:
        if not isinstance(self.task, list | tuple) or not all(isinstance(name, str) for name in self.task):
            yield f"task {self.task!r}: write a list of fields of the event's data"
        else:
            yield from twice("task", self.task)
        if self.skips is not None and not callable(self.skips):
            yield f"skips {self.skips!r}: write a function of the event's data"

    def _times(self, grant_seconds: int) -> Iterator[str]:
        if self.seconds > grant_seconds:
            yield f"seconds {self.seconds}: the run's grant lives {grant_seconds}, and nothing can be done after it"
        for name in ("patience", "person_seconds"):
            if getattr(self, name) > self.seconds:
                yield f"{name} {getattr(self, name)}: longer than the run's seconds, {self.seconds}"

    @cached_property
    def digest(self) -> str:
        """A digest of everything declared; of a function, its name."""
        return digest({type(self).__name__: _plain(self)})


def whole(name: str, value: object, least: int, most: int | None) -> Iterator[str]:
    """The finding that `value` is no whole number from `least` to `most`."""
    if type(value) is not int or value < least or (most is not None and value > most):
        yield f"{name} {value!r}: a whole number, at least {least}{f' and at most {most}' if most is not None else ''}"


def one_of(name: str, value: object, known: Sequence[str]) -> Iterator[str]:
    """The finding that `value` is none of `known`."""
    if value not in known:
        yield f"{name} {value!r}: one of {', '.join(known)}"


def twice(what: str, names: Sequence[str]) -> Iterator[str]:
    """The findings that a name stands there more than once."""
    return (f"{what} {name!r}: named twice" for name in dict.fromkeys(names) if list(names).count(name) > 1)


def _named(what: str, names: object) -> Iterator[str]:
    if not isinstance(names, list | tuple):
        yield f"{what} {names!r}: write a list of names"
        return
    for name in names:
        try:
            require_name(what, name)
        except ManifestError as error:
            yield str(error)
        if name == PERSON:
            yield f"{what} {PERSON!r}: a person takes part in every workflow, and is not named"


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _name_of(value) if callable(value) else value


def _name_of(function: Callable[..., Any]) -> str:
    return f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', repr(type(function)))}"
