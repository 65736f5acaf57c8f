"""What an agent publishes: what its manifest says, and what its part in workflows needs."""

from collections.abc import Sequence

from functions.core.events.reviews import APPROVAL_REPORTED, APPROVAL_REQUIRED
from functions.core.events.tasks import OF_MANAGERS, TASK_ASSIGNED, TASK_REPORTED
from functions.core.manifests.agent import AgentManifest
from functions.core.runtime.outcomes import reports


def published(manifest: AgentManifest) -> Sequence[str]:
    """The detail types that an agent may publish, each once."""
    is_member = any(one.detail_type == TASK_ASSIGNED for one in manifest.subscribes)
    of_workflows = (*(OF_MANAGERS if manifest.workflow else ()), *((TASK_REPORTED,) if is_member else ()))
    of_reviews = (APPROVAL_REQUIRED, *((APPROVAL_REPORTED,) if reports(manifest) else ()))
    return list(dict.fromkeys([*manifest.publishes, *of_reviews, *of_workflows]))
