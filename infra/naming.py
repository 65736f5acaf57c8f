"""The names of what is deployed, so that stacks refer to each other without importing each other's resources.

A change in one stack can then never change, or block a change of, another one. The operator's command finds them
here too, so this imports nothing of CDK.
"""

from functions.core.platform.identities import PREFIX as PREFIX  # the others have it from here
from functions.core.platform.identities import function_name

BUS = PREFIX
AUDIT_QUEUE = f"{PREFIX}-audit.fifo"
SPILL_QUEUE = f"{PREFIX}-spill.fifo"
DELIVERIES_TABLE = f"{PREFIX}-deliveries"
BREAKERS_TABLE = f"{PREFIX}-breakers"
BUDGETS_TABLE = f"{PREFIX}-budgets"
LEDGER_TABLE = f"{PREFIX}-ledger"
TIMELINES_TABLE = f"{PREFIX}-timelines"
AUDIT_TABLE = f"{PREFIX}-audit"
HEADS_TABLE = f"{PREFIX}-audit-heads"
REVIEWS_TABLE = f"{PREFIX}-reviews"
BOUNDARY = f"{PREFIX}-boundary"
GRANT_KEY = f"{PREFIX}/grant-key"
CHECKPOINT_KEY = f"alias/{PREFIX}-checkpoints"
REVIEW_LINK_KEY = f"{PREFIX}/review-link-key"
REVIEWS_INDEX = "status"
REVIEWS_TOPIC = f"{PREFIX}-reviews"
ALARMS_TOPIC = f"{PREFIX}-alarms"
REVIEWS_SCHEDULES = f"{PREFIX}-reviews"
REVIEWS_API = f"{PREFIX}-reviews"
REVIEW_CLOCK = f"{PREFIX}-review-clock"
# The review service's entrances, beside its queue: the aliases of its function.
DECISIONS, LINKS, CLOCK = "decisions", "links", "clock"


def table(name: str) -> str:
    """One of Hookline's tables by its name without the prefix."""
    return f"{PREFIX}-{name}"


def agent(name: str) -> str:
    """The function, queue and role of an agent, and the start of its other resources' names."""
    return function_name(f"agent.{name}")


def agent_stack(name: str) -> str:
    """The stack of an agent; CloudFormation's names hold no underscore."""
    return agent(name).replace("_", "-")


def connector(name: str) -> str:
    """The function and role of a connector."""
    return function_name(f"connector.{name}")


def verifier(source: str) -> str:
    """The function and role of a source's verifier."""
    return function_name(f"webhook.{source}")


def service(name: str) -> str:
    """The function, queue and role of a service."""
    return function_name(f"service.{name}")


def signing_secret(source: str) -> str:
    """The secret that a source's deliveries are signed with."""
    return f"{PREFIX}/sources/{source}"


def credential(connector_name: str) -> str:
    """The secret that a connector presents to its provider."""
    return f"{PREFIX}/connectors/{connector_name}"


def bodies_bucket(account: str, region: str) -> str:
    """The bucket of bodies that are too large to travel; bucket names are global, so it holds the account."""
    return f"{PREFIX}-bodies-{account}-{region}"


def checkpoints_bucket(account: str, region: str) -> str:
    """The bucket of the audit trail's signed checkpoints."""
    return f"{PREFIX}-checkpoints-{account}-{region}"
