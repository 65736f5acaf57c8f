"""What runs beside the agents: the recorder, the context service and the review desk."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.core.environment import ProjectorEnvironment, RecorderEnvironment, ReviewDeskEnvironment
from functions.core.outcomes import APPROVAL_REQUIRED
from infra import naming
from infra.constructs import arns
from infra.constructs.consumer import Consumer, queue_urls
from infra.constructs.function import Function, may
from infra.settings import Settings
from infra.stacks.shared import RECORDER_SECONDS

SERVICE_SECONDS = 30
AGENTS = events.Match.prefix("agent.")
WEBHOOKS = events.Match.prefix("webhook.")


class OperationsStack(Stack):
    """The services that serve every agent."""

    def __init__(self, scope: Construct, id: str, settings: Settings) -> None:
        super().__init__(scope, id, description="Hookline: recorder, context and review desk")
        self._settings = settings
        self._recorder()
        self._context()
        self._review_desk()

    def _recorder(self) -> None:
        queue_arn = arns.arn("sqs", naming.AUDIT_QUEUE)
        recorder = Function(
            self,
            "Recorder",
            settings=self._settings,
            name=naming.service("recorder"),
            handler="functions.services.recorder.handler.handler",
            code=["functions/core", "functions/services/recorder"],
            environment=RecorderEnvironment(audit_table=naming.AUDIT_TABLE),
            seconds=RECORDER_SECONDS,
            allow=[
                may("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=[queue_arn]),
                # It appends: it can neither change nor remove what it wrote, apart from moving a chain's head.
                may(
                    "dynamodb:GetItem",
                    "dynamodb:BatchGetItem",
                    "dynamodb:PutItem",
                    on=[arns.table_arn(naming.AUDIT_TABLE)],
                ),
            ],
            tags={"identity": "service.recorder", "owner": "platform"},
        )
        queue = sqs.Queue.from_queue_attributes(self, "AuditQueue", queue_arn=queue_arn, fifo=True)
        source = event_sources.SqsEventSource(queue, batch_size=10, report_batch_item_failures=True)
        recorder.function.add_event_source(source)

    def _context(self) -> None:
        name = naming.service("context")
        Consumer(
            self,
            "Context",
            settings=self._settings,
            name=name,
            handler="functions.services.context.handler.handler",
            code=["functions/core", "functions/taxonomy", "functions/services/context"],
            patterns={"Hears-everything": events.EventPattern(source=[*WEBHOOKS, *AGENTS])},
            environment=ProjectorEnvironment(**queue_urls(name), timelines_table=naming.TIMELINES_TABLE),
            seconds=SERVICE_SECONDS,
            allow=[
                may(
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    on=[arns.table_arn(naming.TIMELINES_TABLE)],
                )
            ],
            tags={"identity": "service.context", "owner": "platform"},
        )

    def _review_desk(self) -> None:
        name = naming.service("review_desk")
        Consumer(
            self,
            "ReviewDesk",
            settings=self._settings,
            name=name,
            handler="functions.services.review_desk.handler.handler",
            code=["functions/core", "functions/taxonomy", "functions/services/review_desk"],
            patterns={"Hears-approval": events.EventPattern(source=AGENTS, detail_type=[APPROVAL_REQUIRED])},
            environment=ReviewDeskEnvironment(**queue_urls(name), reviews_table=naming.REVIEWS_TABLE),
            seconds=SERVICE_SECONDS,
            allow=[may("dynamodb:PutItem", on=[arns.table_arn(naming.REVIEWS_TABLE)])],
            tags={"identity": "service.review_desk", "owner": "platform"},
        )
