"""Agents: health and state of all, and the identity card of one."""

from collections.abc import Mapping
from typing import Any

from functions.core.platform.times import rfc3339
from hookline.console.page import Asked, Done, Page
from hookline.operator import acts, agent_list, agent_sheet, shadow, waits
from hookline.operator.agent_card import card

page = Page("Agents", order=50)

SHADOW_DAYS = 7


@page.view("agents.html", command="agents", tool="list_agents")
def listed(asked: Asked) -> Mapping[str, Any]:
    """Every agent with its state and health."""
    return agent_list.listed_in(asked.account)


@page.view("agent.html", "one", command="agents show NAME", tool="show_agent")
def one(asked: Asked) -> Mapping[str, Any]:
    """One agent: what its manifest declares, its state, and its last steps."""
    name = asked.needs("name")
    return {"agent": card(asked.account, name)}


@page.view("agent_may.html", "may", command="agents show NAME", tool="agent_permissions")
def may(asked: Asked) -> Mapping[str, Any]:
    """What its role may do, from the synthesized templates: that takes seconds, so it is asked for apart."""
    return {"sheet": agent_sheet.synthesized(asked.needs("name"))}


@page.view("agent_shadow.html", "shadow", command="agents shadow NAME", tool="agent_shadow")
def in_shadow(asked: Asked) -> Mapping[str, Any]:
    """What its policies in shadow would have done lately; apart, because it reads the chains of its connectors."""
    since = rfc3339(asked.now - SHADOW_DAYS * 86_400)
    return {"found": shadow.of_agent(asked.account, asked.needs("name"), since), "days": SHADOW_DAYS}


@page.view("agent_waits.html", "waits", command="waits", tool="list_waits")
def waiting(asked: Asked) -> Mapping[str, Any]:
    """What it waits for; apart, because its whole table is read, up to a limit."""
    return {"waits": waits.of_agent(asked.account, asked.needs("name"))}


@page.act("suspend", command="agents suspend NAME", tool="suspend_agent")
def suspend(asked: Asked) -> Done:
    """Suspend an agent."""
    name = asked.needs("name")
    done = list(acts.suspend(asked.account, name, asked.form.get("note", "")))
    return Done("; ".join(done) or f"agent {name} was already suspended", f"/agents/one?name={name}")


@page.act("resume", command="agents resume NAME", tool="resume_agent")
def resume(asked: Asked) -> Done:
    """Resume an agent."""
    name = asked.needs("name")
    done = list(acts.resume(asked.account, name, asked.form.get("note", "")))
    return Done("; ".join(done) or f"agent {name} was already running", f"/agents/one?name={name}")
