"""What a manifest imports to declare a workflow, and an agent to be a member of one."""

from functions.core.workflows.gates import Check, Field, Gate
from functions.core.workflows.ledger import Route, Rules
from functions.core.workflows.merging import Agree, Ask, Extreme, Ranked, Strictest, Vote
from functions.core.workflows.outcomes import Report
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.patterns.group_chat import GroupChat
from functions.core.workflows.patterns.handoff import Handoff
from functions.core.workflows.patterns.magentic import Magentic
from functions.core.workflows.patterns.sequential import Sequential, Stage

__all__ = [
    "Agree",
    "Ask",
    "Check",
    "Concurrent",
    "Extreme",
    "Field",
    "Gate",
    "GroupChat",
    "Handoff",
    "Magentic",
    "Ranked",
    "Report",
    "Route",
    "Rules",
    "Sequential",
    "Stage",
    "Strictest",
    "Vote",
]
