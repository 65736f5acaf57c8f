"""What a page of the console is made of. A page is a module of `hookline/console/pages`, found by itself.

The module has one `Page` named `page`; its templates lie beside it. Nothing else names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

from hookline.console.work import Work, Works
from hookline.operator.account import Account
from hookline.operator.audit.progress import Progress
from hookline.operator.errors import OperatorError


@dataclass(frozen=True)
class Asked:
    """A request as a page sees it: the account, the query's and the form's fields, and the time in unix seconds.

    `works` are the console's long reads. Of a field that is there twice, the last value counts.
    """

    account: Account
    query: Mapping[str, str]
    form: Mapping[str, str]
    now: float
    works: Works = field(default_factory=Works)

    def needs(self, name: str) -> str:
        """The value of a field of the form or the query. Raises OperatorError if it is missing or empty."""
        if not (value := self.form.get(name) or self.query.get(name) or ""):
            raise OperatorError(f"the request has no {name!r}")
        return value

    def work(self, what: str, read: Callable[[Progress], Any]) -> Work:
        """The long read that the query names, or else the running one of `what`, or a new one."""
        if id := self.query.get("work"):
            return self.works.find(id)
        return self.works.started(what, read)

    def number(self, name: str) -> float:
        """The value of a field as a number. Raises OperatorError if it is none."""
        try:
            found = float(self.needs(name))
        except ValueError:
            found = nan
        if not isfinite(found):
            raise OperatorError(f"{name!r} is not a number")
        return found


@dataclass(frozen=True)
class Done:
    """An act is done: what to say about it, and the address to go on at, from the console's root."""

    said: str
    to: str


Read = Callable[[Asked], Mapping[str, Any]]
Act = Callable[[Asked], Done]


@dataclass(frozen=True)
class Same:
    """The other faces of a read or an act: the command that does the same, and the tool of the MCP server."""

    command: str
    tool: str


@dataclass(frozen=True)
class View:
    """A read with the template that shows it; with `every`, sent again each so many seconds while it is looked at."""

    read: Read
    template: str
    same: Same
    every: float = 0.0


@dataclass
class Page:
    """A page of the console: its title, its place in the navigation, and what is below its address.

    Its address is `/` and the module's name; views and acts are below it. Each runs in a thread, so it may block.
    """

    title: str
    order: int
    views: dict[str, View] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    same: dict[str, Same] = field(default_factory=dict)  # of the acts

    def view(self, template: str, path: str = "", *, command: str, tool: str) -> Callable[[Read], Read]:
        """Declare a read that answers GET with a whole page, or with a part of one if the template is a part.

        `command` is what one types after `hookline` for the same, and is shown below the page; `tool` the MCP server's.
        """
        return self._declared(template, path, Same(command, tool))

    def live(self, template: str, path: str, every: float, *, command: str, tool: str) -> Callable[[Read], Read]:
        """Declare a read that is sent as server-sent events, whenever it has changed."""
        return self._declared(template, path, Same(command, tool), every)

    def act(self, path: str, *, command: str, tool: str) -> Callable[[Act], Act]:
        """Declare what a form does. It is called only for a POST from a page of this console, with its token."""

        def declare(act: Act) -> Act:
            self.acts[path], self.same[path] = act, Same(command, tool)
            return act

        return declare

    def _declared(self, template: str, path: str, same: Same, every: float = 0.0) -> Callable[[Read], Read]:
        def declare(read: Read) -> Read:
            self.views[path] = View(read, template, same, every)
            return read

        return declare
