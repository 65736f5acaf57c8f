"""What an agent imports: its manifest, the event that wakes it, the outcomes that it can return, and its tools."""

from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.recorded import Recorded
from functions.core.models.drafts import cleaned
from functions.core.models.fallback import AskPerson, Decision
from functions.core.models.model import Model
from functions.core.models.prompts import Prompt, PromptRefused
from functions.core.platform.action import Action
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    Denied,
    Gone,
    HooklineError,
    PerhapsDone,
    PermanentError,
    RetryableError,
    Superseded,
)
from functions.core.platform.money import MonetaryAmount
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit, Outcome
from functions.core.runtime.tools import BudgetSoFar, Tools
from functions.core.runtime.waited import Waited
from functions.core.runtime.waits import WaitFor

__all__ = [
    "Action",
    "AgentManifest",
    "ApprovalNeeded",
    "ApprovalRequired",
    "AskPerson",
    "Budget",
    "BudgetExceeded",
    "BudgetSoFar",
    "CircuitOpen",
    "Decision",
    "Denied",
    "Done",
    "Emit",
    "Event",
    "Gone",
    "HooklineError",
    "Model",
    "MonetaryAmount",
    "Outcome",
    "PerhapsDone",
    "PermanentError",
    "Prompt",
    "PromptRefused",
    "Recorded",
    "RetryableError",
    "Subscription",
    "Superseded",
    "Tools",
    "Use",
    "WaitFor",
    "Waited",
    "cleaned",
]
