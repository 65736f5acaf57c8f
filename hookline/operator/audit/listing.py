"""Lists one identity's chain, one line a record, including records about no event, such as an operator's."""

from collections.abc import Iterator
from itertools import dropwhile

from rich.text import Text

from hookline.operator.audit.words import Record, sentence
from hookline.operator.errors import UnknownName
from hookline.operator.terminal import plain
from hookline.operator.trail import Trail


def chain(trail: Trail, identity: str, since: str = "") -> Iterator[Record]:
    """The records of an identity's chain from the first one that is not older than a time.

    Raises UnknownName if the identity has no chain.
    """
    heads = trail.heads()
    if identity not in heads:
        raise UnknownName("chain of", identity, heads)
    # An identity sets the times of its own records: a backdated record is still after the ones before it.
    return dropwhile(lambda record: record["at"] < since, trail.chain(identity, heads[identity].seq))


def recent(trail: Trail, identity: str, since: str) -> Iterator[Record]:
    """As `chain`, without reading what is older than a time: the chain is halved to where it begins.

    For what an operator chooses or counts, and not for evidence: it takes the records to be in order of time, so one
    that an identity backdated can hide those before it. Raises UnknownName if the identity has no chain.
    """
    if not since:
        return chain(trail, identity)
    heads = trail.heads()
    if identity not in heads:
        raise UnknownName("chain of", identity, heads)
    # Without its Z, a time is before all of its own second or fraction.
    first = trail.first_after(identity, since.removesuffix("Z"))
    found = trail.between(identity, first, heads[identity].seq)
    return dropwhile(lambda record: record["at"] < since, found)


def line(record: Record) -> Text:
    """A record's number, time and sentence, and the event that it is about."""
    text = Text(f"{record['seq']:>6}  {plain(record['at'])}  ", style="dim", overflow="fold")
    text.append_text(sentence(record))
    event = record.get("event") or record["correlation"]
    return text.append(f"  {plain(event)}" if event else "", style="dim")
