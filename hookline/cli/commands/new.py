"""The commands `hookline new`: write the files of a new agent, provider, event or flow of the demo."""

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.output import echo

if TYPE_CHECKING:
    from hookline.scaffold.writing import New

owner = click.option("--owner", default="engineering", show_default=True, metavar="TEAM", help="The team that owns it.")


@click.group(cls=HintingGroup)
def new() -> None:
    """Write the files of a new agent, provider, event or flow, which pass every check and which you then change.

    Nothing that exists is changed. Without options, the command asks.
    """


@new.command()
@click.argument("name")
@click.option("--subscribes", multiple=True, metavar="EVENT", help="An event that wakes it, like change.proposed.")
@click.option("--raw", multiple=True, metavar="TYPE", help="With <provider>.unmapped: the provider's own event type.")
@click.option("--uses", multiple=True, metavar="CONNECTOR:OPERATION", help="What it calls, like slack:message.post.")
@click.option("--to", multiple=True, metavar="[CONNECTOR:]NAME", help="A destination of what it uses, like alerts.")
@click.option("--publishes", multiple=True, metavar="EVENT", help="An event that it publishes.")
@click.option("--purpose", default="", metavar="TEXT", help="Why it exists, in one line.")
@owner
def agent(
    name: str,
    subscribes: tuple[str, ...],
    raw: tuple[str, ...],
    uses: tuple[str, ...],
    to: tuple[str, ...],
    publishes: tuple[str, ...],
    purpose: str,
    owner: str,
) -> None:
    """Write the agent NAME: its manifest, code, policy, typed tools, and a test.

    'hookline connectors' lists what it can use. The text that it writes is built from the event's fields; a value that
    no event has is marked in its code.
    """
    from hookline.operator import known
    from hookline.scaffold import agent as scaffold
    from hookline.scaffold.names import check_agent

    check_agent(name)
    project = known.find().project
    if not subscribes and _asks():
        subscribes = _choose("Event that wakes it", scaffold.event_types(project), least=1)
        if any(one.endswith(".unmapped") for one in subscribes):
            raw = (click.prompt("The provider's own type (raw)"),)
        operations = [f"{one.name}:{op.name}" for one in project.connectors.values() for op in one.operations]
        uses = _choose("What it uses", operations)
        if uses:
            to = tuple(filter(None, click.prompt("Destinations, with blanks between (Enter: none)", "").split()))
        publishes = _choose("Event that it publishes", scaffold.publishable())
    options = scaffold.AgentOptions(name, subscribes, raw, uses, to, publishes, owner, purpose)
    _write(lambda: scaffold.new_agent(options, project))


@new.command()
@click.argument("name")
@click.option("--scheme", default="", metavar="SCHEME", help="How deliveries are signed, like hmac-sha256.")
@click.option("--header", default="", metavar="HEADER", help="The header of the signature, like X-Acme-Signature.")
@click.option("--encoding", default="", metavar="hex|base64", help="The encoding of the signature.  [default: hex]")
@click.option("--prefix", default="", metavar="TEXT", help="What stands before the signature, like sha256=.")
@click.option("--signs", default="", metavar="TEMPLATE", help="What is signed.  [default: {body}]")
@click.option("--timestamp", default="", metavar="HEADER", help="The header of the signed time.")
@click.option("--translates", default="", metavar="RAW=EVENT", help="A raw type and its domain event.")
@click.option("--base", default="", metavar="URL", help="The root of its API; writes a connector and a sandbox too.")
@click.option("--credential", default="", metavar="KIND", help="bearer, basic, or header:NAME.")
@click.option("--documents", default="", metavar="URL", help="The provider's page about its webhooks.")
@owner
def provider(name: str, **given: str) -> None:
    """Write the provider NAME: its source, a fixture, its README and a test; with --base, its connector and sandbox.

    SCHEME is hmac-sha256, hmac-sha1, ed25519, ecdsa-p256-sha256, equality (a shared key), standard-webhooks, svix or
    http-basic.
    """
    from hookline.operator import known
    from hookline.operator.errors import OperatorError
    from hookline.scaffold import provider as scaffold
    from hookline.scaffold.names import check_provider

    check_provider(name)
    known.find()  # events that are there and have findings are refused with their lines
    if not given["scheme"]:
        if not _asks():
            raise OperatorError(f"give --scheme: {', '.join(scaffold.SCHEMES)}")
        given |= _asked_provider(scaffold.SCHEMES, scaffold.ALGORITHMS, scaffold.ENCODINGS)
    _write(lambda: scaffold.new_provider(scaffold.ProviderOptions(name, **given)))


@new.command()
@click.argument("detail_type", metavar="NAME")
@click.option("--field", "fields", multiple=True, metavar="NAME:KIND", help="A field, like text:text or count:number.")
@owner
def event(detail_type: str, fields: tuple[str, ...], owner: str) -> None:
    """Write the domain event NAME, such as note.taken: its class and a test.

    KIND is id, word, line, text, number, count, flag or money; with a ? after it, the field may be None.
    """
    from hookline.operator import known
    from hookline.scaffold.event import KINDS, new_event
    from hookline.scaffold.names import check_event

    known.find()  # events that are there and have findings are refused with their lines
    check_event(detail_type)
    if not fields and _asks():
        fields = tuple(_asked_fields(KINDS))
    _write(lambda: new_event(detail_type, fields, owner))


@new.command()
@click.argument("name")
@click.option("--send", "sends", multiple=True, metavar="SOURCE:FIXTURE", help="A delivery that it sends.")
@click.option("--summary", default="", metavar="TEXT", help="What it shows, in one line.")
def flow(name: str, sends: tuple[str, ...], summary: str) -> None:
    """Write the flow NAME of the demo: its acts, and a test. 'hookline demo --flow NAME' plays it."""
    from hookline.operator import known
    from hookline.scaffold import flow as scaffold

    scaffold.check_flow(name)
    project = known.find().project
    if not sends and _asks():
        sends = _choose("Delivery", scaffold.sendable(project), least=1)
    _write(lambda: scaffold.new_flow(name, sends, summary, project))


def _asks() -> bool:
    """Whether somebody is there to answer questions."""
    return sys.stdin.isatty()


def _write(make: "Callable[[], New]") -> None:
    from hookline.scaffold.writing import write

    made = make()
    echo(*(f"wrote {file}" for file in write(made)))
    echo("", *made.notes)
    echo("", "next:", *(f"  {command}" for command in made.then))


def _choose(what: str, known: Sequence[str], least: int = 0) -> tuple[str, ...]:
    """Ask for names of `known` until Enter; at least `least`."""
    echo(f"{what}: {', '.join(known)}")
    found: list[str] = []
    while one := click.prompt(
        what,
        type=click.Choice(["", *known]),
        default=None if len(found) < least else "",
        show_choices=False,
        show_default=False,
    ):
        found.append(one)
    return tuple(found)


def _asked_provider(schemes: Sequence[str], with_header: Collection[str], encodings: Sequence[str]) -> dict[str, str]:
    given = {"scheme": click.prompt("Signature scheme", type=click.Choice(schemes))}
    if given["scheme"] in with_header:
        given["header"] = click.prompt("Header of the signature")
        if given["scheme"] != "equality":
            given["encoding"] = click.prompt("Encoding", type=click.Choice(encodings), default=encodings[0])
    if base := click.prompt("Root of its API, like https://api.acme.example/ (Enter: none)", "", show_default=False):
        given |= {"base": base, "credential": click.prompt("Credential: bearer, basic or header:NAME", "bearer")}
    return given


def _asked_fields(kinds: Iterable[str]) -> list[str]:
    found: list[str] = []
    while name := click.prompt("Field (Enter: no more)", "", show_default=False):
        found.append(f"{name}:{click.prompt('Kind', type=click.Choice(list(kinds)), default='text')}")
    return found
