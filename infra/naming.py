"""The names of the deployed resources, so that stacks refer to each other without importing resources.

So a change in one stack never changes another one, nor blocks a change of it. The operator's commands use the names
too, so this module does not import CDK.
"""

from functions.core.manifests.checks import require
from functions.core.platform.identities import PREFIX as PREFIX  # other modules import these from here
from functions.core.platform.identities import RECONCILE as RECONCILE
from functions.core.platform.identities import STAGE as STAGE
from functions.core.platform.identities import function_name

LONGEST_REGION = 15  # characters: us-isof-south-1
LONGEST_ROLE = 64

BUS = PREFIX
FIFO = ".fifo"  # SQS requires it at the end of a FIFO queue's name
# Not one audit queue: a backlog of one kind of identity must not delay the records of another.
AUDIT_QUEUES = {kind: f"{PREFIX}-audit-{kind}" for kind in ("verifiers", "agents", "services")}
SPILL_QUEUE = f"{PREFIX}-spill{FIFO}"
DELIVERIES_TABLE = f"{PREFIX}-deliveries"
BREAKERS_TABLE = f"{PREFIX}-breakers"
BUDGETS_TABLE = f"{PREFIX}-budgets"
LEDGER_TABLE = f"{PREFIX}-ledger"
TIMELINES_TABLE = f"{PREFIX}-timelines"
AUDIT_TABLE = f"{PREFIX}-audit-segments"
CHAINS_TABLE = f"{PREFIX}-audit-chains"
TREES_TABLE = f"{PREFIX}-audit-trees"
REVIEWS_TABLE = f"{PREFIX}-reviews"
GRANT_KEY = f"{PREFIX}/grant-key"
CHECKPOINT_KEY = f"alias/{PREFIX}-checkpoints"
REVIEW_LINK_KEY = f"{PREFIX}/review-link-key"
REVIEWS_INDEX = "status"
REVIEWS_TOPIC = f"{PREFIX}-reviews"
ALARMS_TOPIC = f"{PREFIX}-alarms"
REVIEWS_SCHEDULES = f"{PREFIX}-reviews"
REVIEWS_API = f"{PREFIX}-reviews"
REVIEW_CLOCK = f"{PREFIX}-review-clock"
# The aliases of the review service's function, its entry points in addition to its queue.
DECISIONS, LINKS, CLOCK = "decisions", "links", "clock"
# The alias by which a verifier or an agent is invoked whose execution environments are kept initialized.
LOW_LATENCY = "low-latency"


def table(name: str) -> str:
    """The name of a table, from its name without the prefix."""
    return f"{PREFIX}-{name}"


def dead_letters(name: str) -> str:
    """The name of the dead-letter queue of a queue or function."""
    plain = name.removesuffix(FIFO)
    return f"{plain}-dead-letters{name.removeprefix(plain)}"


def is_dead_letters(queue: str) -> bool:
    """Whether a queue, by its name, is a dead-letter queue."""
    return queue.removesuffix(FIFO).endswith("-dead-letters")


def audit_queue(identity: str) -> str:
    """The queue that an identity sends its audit records to. Connectors, services and operators share one."""
    kind = {"webhook": "verifiers", "agent": "agents"}.get(identity.partition(".")[0], "services")
    return AUDIT_QUEUES[kind]


def role(name: str, region: str) -> str:
    """The role of a function or service in a region; IAM's names are unique in an account, not in a region."""
    return f"{name}-{region}"


def fits_role(name: str) -> bool:
    """Whether the role of a function of this name has a name that IAM accepts in every region."""
    return len(role(name, "")) + LONGEST_REGION <= LONGEST_ROLE


def require_fit(name: str) -> bool:
    """Require a name of `fits_role`."""
    what = f"{name} is too long: with the region, a role's name has at most {LONGEST_ROLE} characters"
    return require(fits_role(name), what)


def boundary(region: str) -> str:
    """The permissions boundary of every role in a region."""
    return f"{PREFIX}-boundary-{region}"


def stack(name: str) -> str:
    """The name of a stack that agents share."""
    return f"{PREFIX}-{name}"


def idempotency_table(name: str) -> str:
    """The table in which an agent remembers the events that it has handled."""
    return f"{agent(name)}-idempotency"


AGENTS = f"{PREFIX}-agent-"  # what the names of their functions and queues begin with


def agent(name: str) -> str:
    """The name of an agent's function and queue, and the prefix of its other resources."""
    return function_name(f"agent.{name}")


def agent_stack(name: str) -> str:
    """The stack of an agent; CloudFormation's names hold no underscore."""
    return agent(name).replace("_", "-")


def schedules(manager: str) -> str:
    """The schedule group of a manager's deadlines."""
    return agent(manager)


def clock(manager: str) -> str:
    """The name, without its region, of the role with which a manager's schedules send to its queue."""
    return f"{PREFIX}-clock-{manager}"


def connector(name: str) -> str:
    """The name of a connector's function."""
    return function_name(f"connector.{name}")


def verifier(source: str) -> str:
    """The name of the function of a source's verifier."""
    return function_name(f"webhook.{source}")


def service(name: str) -> str:
    """The name of a service's function and queue."""
    return function_name(f"service.{name}")


def signing_secret(source: str) -> str:
    """The name of the secret that signs a source's deliveries."""
    return f"{PREFIX}/sources/{source}"


def credential(connector_name: str) -> str:
    """The name of the secret that a connector presents to its provider."""
    return f"{PREFIX}/connectors/{connector_name}"


def bodies_bucket(account: str, region: str) -> str:
    """The bucket of bodies that are too large for an event; bucket names are global, so it contains the account."""
    return f"{PREFIX}-bodies-{account}-{region}"


def records_bucket(account: str, region: str) -> str:
    """The bucket of the records of runs and calls."""
    return f"{PREFIX}-records-{account}-{region}"


def checkpoints_bucket(account: str, region: str) -> str:
    """The bucket of the audit trail's signed checkpoints."""
    return f"{PREFIX}-checkpoints-{account}-{region}"
