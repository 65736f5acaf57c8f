"""The names of the events between a manager and the members of its workflow."""

TASK_ASSIGNED = "task.assigned"  # to a member
TASK_REVOKED = "task.revoked"  # to a member, which undoes what it did for the task
TASK_REPORTED = "task.reported"  # to the manager
RUN_ENDED = "workflow.ended"
# Not published: they are sent to the manager's own queue, which the manager and operators can do.
RUN_DEADLINE = "workflow.deadline"
RUN_CANCELLED = "workflow.cancelled"
# Not sent: what an event of another causal tree is in the tree of the run that it joins or ends.
RUN_JOINED = "workflow.joined"
RUN_SUPERSEDED = "workflow.superseded"
OPERATOR = "operator"  # the source of what an operator sends

# Each is for one agent, the `agent` of its data, like a decision on a review.
ADDRESSED = (TASK_ASSIGNED, TASK_REVOKED, TASK_REPORTED)
OF_MANAGERS = (TASK_ASSIGNED, TASK_REVOKED, RUN_ENDED)
