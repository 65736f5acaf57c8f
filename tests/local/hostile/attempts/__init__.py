"""Every attempt of the hostile agent, a module per way."""

from tests.local.hostile.attempt import Attempt, World
from tests.local.hostile.attempts.allowed import allowed, not_prevented
from tests.local.hostile.attempts.aws import past_hookline
from tests.local.hostile.attempts.connectors import (
    beyond_its_budget,
    beyond_its_destinations,
    beyond_its_event,
    beyond_its_policy,
    following_a_redirect,
    with_odd_arguments,
)
from tests.local.hostile.attempts.grants import with_grants, with_its_own_queue
from tests.local.hostile.attempts.hand_offs import to_a_second_agent
from tests.local.hostile.attempts.names import under_other_names


def every_attempt(world: World) -> list[Attempt]:
    """The attempts in the order in which the agent makes them.

    The redirect is first: the sandbox redirects the first read of the charge. What is allowed precedes what is not.
    """
    return [
        following_a_redirect(world),
        *with_odd_arguments(world),
        *allowed(world),
        *beyond_its_event(world),
        *beyond_its_policy(world),
        *beyond_its_destinations(world),
        *with_grants(world),
        *with_its_own_queue(world),
        *beyond_its_budget(world),
        *under_other_names(world),
        *past_hookline(world),
        *to_a_second_agent(world),
        *not_prevented(world),
    ]
