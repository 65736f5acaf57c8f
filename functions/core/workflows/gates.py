"""Gates: whether a stage's output is what the stage after it may rely on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from functions.core.workflows.contents import Unfit
from functions.core.workflows.declaration import one_of

Kind = Literal["text", "number", "whole", "flag", "list", "object"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "whole": (int,),
    "flag": (bool,),
    "list": (list, tuple),
    "object": (dict,),
}
_SAID: Mapping[Kind, str] = {
    "text": "a text",
    "number": "a number",
    "whole": "a whole number",
    "flag": "true or false",
    "list": "a list",
    "object": "an object",
}
GUARD = "gate"

# Gets the output, and the outputs of the stages before by their names; returns what is wrong, "" for nothing.
Check = Callable[[Mapping[str, Any], Mapping[str, Mapping[str, Any]]], str]


@dataclass(frozen=True)
class Field:
    """One field of an output. `least` and `most` limit a number, or the length of a text or a list."""

    kind: Kind
    choices: Sequence[Any] = ()
    least: float | None = None
    most: float | None = None
    needed: bool = True

    def wrong(self, value: object) -> str:
        """What is wrong with a value, "" for nothing."""
        if not isinstance(value, _TYPES[self.kind]) or (isinstance(value, bool) and self.kind != "flag"):
            return f"write {_SAID[self.kind]}"
        if self.choices and value not in self.choices:
            return f"write one of {', '.join(map(str, self.choices))}"
        size = value if isinstance(value, int | float) else len(value)  # type: ignore[arg-type]  # has one, by its kind
        if self.least is not None and size < self.least:
            return f"{size}, at least {self.least}"
        if self.most is not None and size > self.most:
            return f"{size}, at most {self.most}"
        return ""

    def findings(self, what: str) -> Iterator[str]:
        """What is wrong with the declaration of the field."""
        yield from one_of(f"{what} kind", self.kind, KINDS)
        if self.least is not None and self.most is not None and self.least > self.most:
            yield f"{what} least {self.least!r} is more than most {self.most!r}: no value could pass"


@dataclass(frozen=True)
class Gate:
    """A contract: the fields of an output, and a check of what fields cannot say. `check` must be pure."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    check: Check | None = None

    def findings(self, what: str) -> Iterator[str]:
        """What is wrong with the gate; one that lets everything through is not a gate."""
        if not self.fields and self.check is None:
            yield f"{what}: its gate has neither a field nor a check, so everything would pass"
        for name, one in self.fields.items():
            if isinstance(one, Field):
                yield from one.findings(f"{what} field {name!r}")
            else:
                yield f"{what} field {name!r} is {one!r}: write a Field(…)"


def must_pass(gate: Gate, output: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise Unfit, with everything that is wrong, unless `output` passes the gate."""
    wrong = [f"{name}: missing" for name, one in gate.fields.items() if one.needed and name not in output]
    for name, value in output.items():
        if gate.fields and name not in gate.fields:
            wrong.append("a field that the contract does not have")
        elif gate.fields and (what := gate.fields[name].wrong(value)):
            wrong.append(f"{name}: {what}")
    if not wrong and gate.check:
        try:
            wrong = [gate.check(output, before)]
        except Exception as error:  # noqa: BLE001 - a check that fails on an output has not passed it
            wrong = [f"the check failed: {type(error).__name__}"]
    if any(wrong):
        raise Unfit("; ".join(wrong), GUARD)
