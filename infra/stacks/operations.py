"""The services: the recorder, the checkpoints, the context service, the drain and the addresses."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.core.audit.handlers.recorder import FLOODED
from functions.core.audit.heads import HEAD
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import (
    AddressesEnvironment,
    CheckpointsEnvironment,
    DrainEnvironment,
    ProjectorEnvironment,
    RecorderEnvironment,
)
from infra import naming
from infra.concurrency import of_queue
from infra.constructs import arns
from infra.constructs.alarm import PERIOD, alarm
from infra.constructs.consumer import READ_QUEUE, Consumer, DeadLetters, queue_urls
from infra.constructs.function import Function, may, may_audit, only_attributes, only_events, only_rows
from infra.constructs.reconcile import reconcile_service
from infra.constructs.silence import silence_service
from infra.settings import Settings
from infra.stacks.shared import AUDIT_WINDOW, DRAIN_SECONDS, RECORDER_SECONDS
from infra.tags import service_tags

SERVICE_SECONDS = 30
ADDRESSES_SECONDS = 60
CHECKPOINTS_SECONDS = 60
AUDIT_BATCH = 400  # messages: at 15 kB each, the 6 MB that Lambda takes
RECORDER = "service.recorder"
AGENTS, WEBHOOKS = {"prefix": "agent."}, {"prefix": "webhook."}


class OperationsStack(Stack):
    """The services that all agents share."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        sources: list[SourceManifest],
        reconciled: list[ReconcileManifest],
    ) -> None:
        super().__init__(scope, id, description="Hookline: recorder, checkpoints, context, drain and addresses")
        self._settings = settings
        self._recorder()
        self._checkpoints()
        self._context()
        self._drain()
        if published := [source for source in sources if source.published]:
            self._addresses(published)
        if sources and not settings.local:  # the local stack's emulator counts no metrics
            silence_service(self, settings, sources)
        if reconciled:
            reconcile_service(self, settings, [one.name for one in reconciled])

    def _recorder(self) -> None:
        queues = [*naming.AUDIT_QUEUES.values(), *map(naming.dead_letters, naming.AUDIT_QUEUES.values())]
        segments, chains, trees = map(arns.table_arn, (naming.AUDIT_TABLE, naming.CHAINS_TABLE, naming.TREES_TABLE))
        recorder = Function(
            self,
            "Recorder",
            settings=self._settings,
            name=naming.service("recorder"),
            starts="functions.core.audit.handlers.recorder",
            code=["functions/core"],
            environment=RecorderEnvironment(
                audit_table=naming.AUDIT_TABLE, chains_table=naming.CHAINS_TABLE, trees_table=naming.TREES_TABLE
            ),
            seconds=RECORDER_SECONDS,
            allow=[
                may(*READ_QUEUE, on=[arns.arn("sqs", queue) for queue in queues]),
                # It can neither update nor delete records. It could overwrite a segment, which checkpoints prove.
                may("dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem", on=[segments]),
                may("dynamodb:PutItem", on=[chains]),
                may("dynamodb:BatchWriteItem", on=[trees]),  # only an index: it proves nothing
            ],
            tags=service_tags("recorder", "Write the audit chains"),
        )
        for name in naming.AUDIT_QUEUES.values():
            self._read_audit(recorder, name)
            # For an operator to enable after a fix: only in place do dead letters keep their senders.
            self._read_audit(recorder, naming.dead_letters(name), enabled=False)
        flooded = cloudwatch.Metric(
            namespace="Hookline",
            metric_name=FLOODED,
            dimensions_map={"service": RECORDER},
            statistic="Sum",
            period=PERIOD,
        )
        alarm(recorder, flooded, 1, "An identity floods the audit trail: the recorder's log names it")

    def _checkpoints(self) -> None:
        name = naming.service("checkpoints")
        key = self._checkpoint_key(name)
        checkpoints = Function(
            self,
            "Checkpoints",
            settings=self._settings,
            name=name,
            starts="functions.core.audit.handlers.checkpoints",
            code=["functions/core"],
            environment=CheckpointsEnvironment(
                audit_queue_url=arns.audit_queue_url("service.checkpoints"),
                audit_table=naming.AUDIT_TABLE,
                chains_table=naming.CHAINS_TABLE,
                checkpoints_bucket=arns.checkpoints_bucket(),
                signing_key=key.key_arn,
            ),
            seconds=CHECKPOINTS_SECONDS,
            allow=[
                may("dynamodb:Scan", on=[arns.table_arn(naming.CHAINS_TABLE)]),
                # Only the heads: it must not read records.
                may("dynamodb:Query", on=[arns.table_arn(naming.AUDIT_TABLE)], when=only_attributes("chain", *HEAD)),
                # It verifies checkpoints before it extends them: others may also put objects into the bucket.
                may("kms:Sign", "kms:Verify", on=[key.key_arn]),
                may("s3:PutObject", "s3:GetObjectVersion", on=[f"{arns.checkpoints_arn()}/*"]),
                may("s3:ListBucketVersions", on=[arns.checkpoints_arn()]),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(name))]),
                may_audit("service.checkpoints"),
            ],
            tags=service_tags("checkpoints", "Sign the heads of the audit chains"),
        )
        # Without a retry: it would compare with its own checkpoint, find no difference, and raise no alarm.
        self._hourly(checkpoints, "HourlyCheckpoint", "MissedCheckpoints", name, retries=0)

    def _checkpoint_key(self, signer: str) -> kms.Key:
        key = kms.Key(
            self,
            "CheckpointKey",
            description="Signs only the checkpoints of the audit trail",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=self._settings.removal,
        )
        # The alias stays with the key: a later deployment finds the key by it.
        key.add_alias(naming.CHECKPOINT_KEY).apply_removal_policy(self._settings.removal)
        # No one else can sign, even an administrator, without a change of this policy, which CloudTrail shows.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["kms:Sign"],
                resources=["*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": arns.role_arn(signer)}},
            )
        )
        return key

    def _hourly(self, function: Function, rule: str, letters: str, name: str, retries: int | None = None) -> None:
        """Invoke a function every hour; a failure raises an alarm."""
        failed = DeadLetters(self, letters, settings=self._settings, name=name)
        destination = destinations.SqsDestination(failed.queue)
        function.function.configure_async_invoke(on_failure=destination, retry_attempts=retries)
        target = targets.LambdaFunction(function.function, dead_letter_queue=failed.queue)
        events.Rule(self, rule, schedule=events.Schedule.rate(Duration.hours(1)), targets=[target])

    def _drain(self) -> None:
        drain = Function(
            self,
            "Drain",
            settings=self._settings,
            name=naming.service("drain"),
            starts="functions.core.ingress.handlers.drain",
            code=["functions/core"],
            environment=DrainEnvironment(
                audit_queue_url=arns.audit_queue_url("service.drain"),
                queue_url=arns.queue_url(naming.SPILL_QUEUE),
                dead_letter_url=arns.queue_url(naming.dead_letters(naming.SPILL_QUEUE)),
                bus=naming.BUS,
            ),
            seconds=DRAIN_SECONDS,
            allow=[
                may(*READ_QUEUE, "sqs:ChangeMessageVisibility", on=[arns.arn("sqs", naming.SPILL_QUEUE)]),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(naming.SPILL_QUEUE))]),
                # It publishes events of all verifiers, from a queue that only verifiers may write to.
                may("events:PutEvents", on=[arns.bus_arn()], when=only_events("webhook.*")),
                may_audit("service.drain"),
            ],
            tags=service_tags("drain", "Publish events that the bus did not accept at first"),
        )
        self._read_fifo(drain, naming.SPILL_QUEUE)

    def _read_fifo(self, reader: Function, queue_name: str) -> None:
        queue = sqs.Queue.from_queue_attributes(self, queue_name, queue_arn=arns.arn("sqs", queue_name), fifo=True)
        source = event_sources.SqsEventSource(
            queue,
            batch_size=10,
            report_batch_item_failures=True,
            max_concurrency=of_queue(self._settings.concurrency),
        )
        reader.function.add_event_source(source)

    def _read_audit(self, recorder: Function, queue_name: str, enabled: bool = True) -> None:
        """In large batches: the records of an identity in a batch become one item of DynamoDB."""
        queue = sqs.Queue.from_queue_arn(self, queue_name, arns.arn("sqs", queue_name))
        source = event_sources.SqsEventSource(
            queue,
            batch_size=AUDIT_BATCH,
            max_batching_window=AUDIT_WINDOW,
            max_concurrency=2,  # the minimum: recorders of one chain race for its end
            report_batch_item_failures=True,
            enabled=enabled,
        )
        recorder.function.add_event_source(source)

    def _addresses(self, published: list[SourceManifest]) -> None:
        addresses = Function(
            self,
            "Addresses",
            settings=self._settings,
            name=naming.service("addresses"),
            starts="functions.core.ingress.handlers.addresses",
            code=["functions/core", "functions/api"]
            + [f"functions/providers/{source.name}/source.py" for source in published],
            environment=AddressesEnvironment(
                audit_queue_url=arns.audit_queue_url("service.addresses"),
                deliveries_table=naming.DELIVERIES_TABLE,
                sources=",".join(source.name for source in published),
            ),
            seconds=ADDRESSES_SECONDS,
            allow=[
                may(
                    "dynamodb:PutItem",
                    on=[arns.table_arn(naming.DELIVERIES_TABLE)],
                    when=only_rows("addresses#*"),
                ),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.dead_letters(naming.service("addresses")))]),
                may_audit("service.addresses"),
            ],
            tags=service_tags("addresses", "Fetch the addresses that providers send from"),
        )
        # Without the alarm, an outdated list would reject a provider's new addresses.
        self._hourly(addresses, "Hourly", "StaleAddresses", naming.service("addresses"))

    def _context(self) -> None:
        name = naming.service("context")
        Consumer(
            self,
            "Context",
            settings=self._settings,
            name=name,
            identity="service.context",
            starts="functions.core.context.handlers.projector",
            code=["functions/core", "functions/api", "functions/events"],
            pattern={"source": [WEBHOOKS, AGENTS]},
            environment=ProjectorEnvironment(
                **queue_urls(name, "service.context"),
                timelines_table=naming.TIMELINES_TABLE,
                grant_key=naming.GRANT_KEY,
            ),
            seconds=SERVICE_SECONDS,
            allow=[
                may(
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    on=[arns.table_arn(naming.TIMELINES_TABLE)],
                ),
                may("secretsmanager:GetSecretValue", on=[arns.secret_arn(naming.GRANT_KEY)]),
            ],
            tags=service_tags("context", "Keep the timelines of entities"),
        )
