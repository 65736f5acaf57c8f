"""Finds the causal tree of any event in it, so that people can give the id that they have."""

from collections.abc import Iterator
from itertools import islice

from hookline.operator.audit.causation import REVIEW_SERVICE
from hookline.operator.trail import Trail

MOST_READ = 5000  # records of a publisher's chain, the newest
WEBHOOK = "webhook."
CHAINS = {"review.service": REVIEW_SERVICE}  # of publishers whose chains have other names


def root(trail: Trail, id: str) -> str:
    """The id of the first event of the tree that has the event `id`, "" if it is not found.

    `id` is that of any event, or what a provider calls its own: evt_1 for stripe:evt_1. The publication of an event
    that is not the first is looked for in the newest MOST_READ records of who published it.
    """
    if trail.has_tree(id):
        return id
    chains = trail.identities()
    publisher, colon, _ = id.partition(":")
    chain = CHAINS.get(publisher, publisher)
    if chain in chains:
        newest = islice(trail.backwards(chain), MOST_READ)
        return next((str(one["correlation"]) for one in newest if one["event"] == id and one["correlation"]), "")
    if colon and f"{WEBHOOK}{publisher}" in chains:
        return ""
    return next(_of_providers(trail, chains, id), "")


def _of_providers(trail: Trail, chains: list[str], id: str) -> Iterator[str]:
    ids = (f"{name.removeprefix(WEBHOOK)}:{id}" for name in chains if name.startswith(WEBHOOK))
    return (one for one in ids if trail.has_tree(one))
