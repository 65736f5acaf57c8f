"""Audit: chains and checkpoints, one chain's records, verification, and the comparison with the ledger."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator.audit import state
from hookline.operator.audit.checkpointing import checkpoint_now
from hookline.operator.audit.effects import reconciled

page = Page("Audit", order=80)

RECORDS = 50  # of a page of a chain


@page.view("audit.html", command="audit chains", tool="list_chains")
def show(asked: Asked) -> Mapping[str, Any]:
    """The chains with their lengths, and the last checkpoint."""
    return {"audit": state.chains(asked.account)}


@page.view("chain.html", "chain", command="audit show --identity NAME", tool="show_chain")
def chain(asked: Asked) -> Mapping[str, Any]:
    """The newest records of one chain."""
    below = int(asked.number("below")) if asked.query.get("below") else None
    return {"chain": state.latest(asked.account, asked.needs("identity"), RECORDS, below)}


@page.view("verified.html", "verify", command="audit verify", tool="verify_trail")
def verify(asked: Asked) -> Mapping[str, Any]:
    """The verification of all chains. It reads every record, so it is done when it is asked for, and says how far."""
    account, now = asked.account, asked.now
    return {"work": asked.work("verify", lambda progress: state.verified(account, (), now, progress))}


@page.view("reconciled.html", "reconcile", command="audit reconcile", tool="reconcile_effects")
def reconcile(asked: Asked) -> Mapping[str, Any]:
    """The ledger beside the trail. It reads both as a whole, so it is done when it is asked for, and says how far."""
    account, now = asked.account, asked.now
    return {"work": asked.work("reconcile", lambda progress: reconciled(account, now, progress))}


@page.act("checkpoint", command="audit checkpoint", tool="make_checkpoint")
def checkpoint(asked: Asked) -> Done:
    """Make a checkpoint now; the checkpoints service records it."""
    made, broken = checkpoint_now(asked.account)
    wrong = f"; WRONG: {', '.join(broken)} do not extend the previous one" if broken else ""
    return Done(f"checkpoint {made['number']} confirms {len(made['heads'])} chains{wrong}", "/audit")
