"""A function with its own queue, which is the target of rules on the bus: every agent and most services."""

from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.core.authority.grants import LIFETIME
from functions.core.platform.backoff import TRIES
from infra import naming
from infra.concurrency import of_queue
from infra.constructs import arns
from infra.constructs.alarm import PERIOD, alarm
from infra.constructs.function import Function, may, may_audit
from infra.rules import Pattern
from infra.settings import Settings

# A message must outlast an outage of its target: in a FIFO queue to keep the order.
MOST_TRIES = 100
READ_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LONGEST_RETENTION = Duration.days(14)  # the maximum of SQS
LATE = Duration.minutes(15)  # a record or a spilled event takes seconds, unless its consumer fails
OLD = Duration.days(1)  # an event is deleted after the four days that its grant lives


class DeadLetters(Construct):
    """The dead-letter queue of the queue or function `name`, with an alarm on the first message in it."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, name: str, visibility_timeout: Duration | None = None
    ) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=naming.dead_letters(name),
            retention_period=LONGEST_RETENTION,
            visibility_timeout=visibility_timeout,
            **_common(settings, name.endswith(naming.FIFO)),
        )
        letters = self.queue.metric_approximate_number_of_messages_visible(period=PERIOD)
        alarm(self, letters, 1, f"{name} has dead letters: 'hookline dead-letters' shows them")


class Queue(Construct):
    """The queue `name`, which is a FIFO queue if its name ends in .fifo, and its dead-letter queue.

    A queue whose messages are `irreplaceable` keeps them for as long as SQS can, tries them MOST_TRIES times, and
    raises an alarm if one is LATE; any other one, if a message is OLD. In a FIFO queue a dead letter's retention starts
    anew; in others it does not.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        name: str,
        consumer_seconds: int,
        batching_window: Duration | None = None,
        irreplaceable: bool = False,
    ) -> None:
        super().__init__(scope, id)
        fifo = name.endswith(naming.FIFO)
        # As the Lambda documentation recommends, so that a throttled function does not receive a message twice.
        hidden = Duration.seconds(6 * consumer_seconds).plus(batching_window or Duration.seconds(0))
        # The dead letters too: the recorder can read its own.
        self.dead_letters = DeadLetters(
            self, "DeadLetters", settings=settings, name=name, visibility_timeout=hidden
        ).queue
        high_throughput: dict[str, Any] = {
            "deduplication_scope": sqs.DeduplicationScope.MESSAGE_GROUP,
            "fifo_throughput_limit": sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            # The lifetime of a grant: the grant of an event that is still in its queue is still valid.
            retention_period=LONGEST_RETENTION if irreplaceable else Duration.seconds(LIFETIME),
            visibility_timeout=hidden,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MOST_TRIES if fifo or irreplaceable else TRIES
            ),
            **_common(settings, fifo),
            **(high_throughput if fifo else {}),
        )
        age, limit = self.queue.metric_approximate_age_of_oldest_message(period=PERIOD), LATE if irreplaceable else OLD
        waited = f"A message of {name} has waited for {limit.to_minutes() / 60:g} hours"
        alarm(self, age, int(limit.to_seconds()), f"{waited}: its consumer fails, is suspended, or is too slow")


def _common(settings: Settings, fifo: bool) -> dict[str, Any]:
    return {
        "enforce_ssl": not settings.local,  # the local stack uses plain HTTP on loopback
        "encryption": sqs.QueueEncryption.SQS_MANAGED,
        "fifo": True if fifo else None,
    }


class Consumer(Construct):
    """The function `name` of `identity` behind the queue `name`, and a rule on the bus with `pattern`.

    `warm` is how many of its execution environments are kept initialized. The queue has no batching window: a message
    is delivered when it comes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        name: str,
        identity: str,
        pattern: Pattern,
        seconds: int,
        allow: Sequence[iam.PolicyStatement],
        batch: int = 10,
        warm: int = 0,
        **function: Any,
    ) -> None:
        super().__init__(scope, id)
        self.queues = Queue(self, "Queues", settings=settings, name=name, consumer_seconds=seconds)
        own = [arns.arn("sqs", name)]
        self.function = Function(
            self,
            "Consumer",
            settings=settings,
            name=name,
            seconds=seconds,
            allow=[
                may(*READ_QUEUE, on=own),
                may("sqs:ChangeMessageVisibility", on=own),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(name))]),
                may_audit(identity),
                *allow,
            ],
            **function,
        )
        self._invoked(warm).add_event_source(
            event_sources.SqsEventSource(
                self.queues.queue,
                batch_size=batch,
                report_batch_item_failures=True,
                max_concurrency=of_queue(settings.concurrency),
            )
        )
        bus = events.EventBus.from_event_bus_name(self, "Bus", naming.BUS)
        target = targets.SqsQueue(self.queues.queue, dead_letter_queue=self.queues.dead_letters)
        anything = events.EventPattern(account=[Aws.ACCOUNT_ID])  # the construct demands one, and has no `$or`
        rule = events.Rule(self, "Rule", event_bus=bus, event_pattern=anything, targets=[target])
        cast(events.CfnRule, rule.node.default_child).event_pattern = pattern

    def _invoked(self, warm: int) -> lambda_.IFunction:
        """What the queue invokes: only an alias can have environments that are kept initialized."""
        if not warm:
            return self.function.function
        return lambda_.Alias(
            self,
            "LowLatency",
            alias_name=naming.LOW_LATENCY,
            version=self.function.function.current_version,
            provisioned_concurrent_executions=warm,
        )


def queue_urls(name: str, identity: str) -> dict[str, str]:
    """The fields of ConsumerEnvironment and its base class, for the queue `name` of `identity`."""
    return {
        "queue_url": arns.queue_url(name),
        "dead_letter_url": arns.queue_url(naming.dead_letters(name)),
        "audit_queue_url": arns.audit_queue_url(identity),
    }
