"""Agents: health and state of all, and the identity card of one."""

from collections.abc import Mapping
from typing import Any

from hookline.console.page import Asked, Done, Page
from hookline.operator import acts, agent_list, agent_sheet, known
from hookline.operator.agent_card import card
from hookline.operator.synthesis import synthesize

page = Page("Agents", order=50)


@page.view("agents.html")
def listed(asked: Asked) -> Mapping[str, Any]:
    """Every agent with its state and health."""
    return agent_list.listed_in(asked.account)


@page.view("agent.html", "one")
def one(asked: Asked) -> Mapping[str, Any]:
    """One agent: what its manifest declares, its state, and its last steps."""
    name = asked.needs("name")
    return {"agent": card(asked.account, name)}


@page.view("agent_may.html", "may")
def may(asked: Asked) -> Mapping[str, Any]:
    """What its role may do, from the synthesized templates: that takes seconds, so it is asked for apart."""
    found = known.find()
    manifest = known.agent(asked.needs("name"))
    deployed = synthesize(lambda _: None, without=found.broken)
    return {"sheet": agent_sheet.sheet(manifest, deployed, found.project.connectors)}


@page.act("suspend")
def suspend(asked: Asked) -> Done:
    """Suspend an agent."""
    name = asked.needs("name")
    done = list(acts.suspend(asked.account, name, asked.form.get("note", "")))
    return Done("; ".join(done) or f"agent {name} was already suspended", f"/agents/one?name={name}")


@page.act("resume")
def resume(asked: Asked) -> Done:
    """Resume an agent."""
    name = asked.needs("name")
    done = list(acts.resume(asked.account, name, asked.form.get("note", "")))
    return Done("; ".join(done) or f"agent {name} was already running", f"/agents/one?name={name}")
