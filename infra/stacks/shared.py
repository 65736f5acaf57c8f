"""The shared resources: the bus, the tables, the audit queue, the grant key, and the boundary of every role."""

from collections.abc import Collection

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from hookline.validation.discovery import Project
from infra import naming
from infra.constructs import arns
from infra.constructs.aws_access import aws_access
from infra.constructs.consumer import Queue
from infra.constructs.function import may
from infra.constructs.silence import READS_METRICS
from infra.constructs.table import table
from infra.settings import Settings

RECORDER_SECONDS = 30
AUDIT_WINDOW = Duration.seconds(5)  # how late a record is on its chain at most, while its recorder works
DRAIN_SECONDS = 20
CHECKPOINTS_LOCKED = Duration.days(400)  # for an audit of a year, and a month to do it
NUMBER, STRING = dynamodb.AttributeType.NUMBER, dynamodb.AttributeType.STRING


class SharedStack(Stack):
    """The shared stack; the others refer to its resources by name."""

    def __init__(
        self, scope: Construct, id: str, settings: Settings, project: Project, reconciled: Collection[str] = ()
    ) -> None:
        """`reconciled` are the sources that are compared with what their providers say they sent."""
        super().__init__(scope, id, description="Hookline: the event bus, tables, queues, buckets and the boundary")
        bus = events.EventBus(self, "Bus", event_bus_name=naming.BUS)
        if not settings.local:  # the local stack's emulator has no archives
            everything = events.EventPattern(account=[self.account])
            bus.archive("Archive", archive_name=naming.BUS, event_pattern=everything, retention=Duration.days(90))
        table(self, "Deliveries", settings, naming.DELIVERIES_TABLE, key="id", expires="expires")
        table(self, "Ledger", settings, naming.LEDGER_TABLE, key="key", expires="expires")
        table(self, "Budgets", settings, naming.BUDGETS_TABLE, key="id", expires="expires")
        table(self, "Breakers", settings, naming.BREAKERS_TABLE, key="id", expires="expiration")
        table(self, "Timelines", settings, naming.TIMELINES_TABLE, key="entity", sort=("at", STRING), expires="expires")
        table(self, "AuditSegments", settings, naming.AUDIT_TABLE, key="chain", sort=("first", NUMBER))
        table(self, "AuditChains", settings, naming.CHAINS_TABLE, key="chain")
        table(self, "AuditTrees", settings, naming.TREES_TABLE, key="correlation", sort=("segment", STRING))
        reviews = table(self, "Reviews", settings, naming.REVIEWS_TABLE, key="id")
        reviews.add_global_secondary_index(
            index_name=naming.REVIEWS_INDEX,
            partition_key=dynamodb.Attribute(name="status", type=STRING),
            sort_key=dynamodb.Attribute(name="expires_at", type=NUMBER),
        )
        for kind, name in naming.AUDIT_QUEUES.items():
            Queue(
                self,
                f"Audit-{kind}",
                settings=settings,
                name=name,
                consumer_seconds=RECORDER_SECONDS,
                batching_window=AUDIT_WINDOW,
                irreplaceable=True,
            )
        name = naming.SPILL_QUEUE
        Queue(self, "Spill", settings=settings, name=name, consumer_seconds=DRAIN_SECONDS, irreplaceable=True)
        s3.Bucket(
            self,
            "Bodies",
            bucket_name=arns.bodies_bucket(),
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not settings.local,  # the local stack uses plain HTTP on loopback
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=settings.removal,
        )
        s3.Bucket(
            self,
            "Records",
            bucket_name=arns.records_bucket(),
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not settings.local,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(settings.records_days))],
            removal_policy=settings.removal,
        )
        s3.Bucket(
            self,
            "Checkpoints",
            bucket_name=arns.checkpoints_bucket(),
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not settings.local,
            versioned=True,
            # Compliance, not governance: the lock protects against those who could remove it. The content (names of
            # identities, numbers, hashes) never has to be deleted early.
            object_lock_default_retention=s3.ObjectLockRetention.compliance(CHECKPOINTS_LOCKED),
            removal_policy=settings.removal,
        )
        self._alarms(settings)
        secretsmanager.Secret(
            self,
            "GrantKey",
            secret_name=naming.GRANT_KEY,
            description="Signs grants: verifiers mint with it, connectors verify with it",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=settings.removal,
        )
        iam.ManagedPolicy(
            self,
            "Boundary",
            managed_policy_name=naming.boundary(Aws.REGION),
            # A new description replaces the policy, which CloudFormation refuses for a resource with a name.
            description="The most that any function of Hookline can ever do, whatever its own policy says",
            statements=[
                *boundary(),
                *of_managers(project),
                *declared(project, settings),
                *(of_reconcile(reconciled) if reconciled else ()),
            ],
        )

    def _alarms(self, settings: Settings) -> None:
        """The topic of the alarms. A topic with its own policy allows only the principals in it."""
        topic = sns.Topic(self, "Alarms", topic_name=naming.ALARMS_TOPIC, enforce_ssl=not settings.local)
        for address in settings.alarm_emails:
            topic.add_subscription(subscriptions.EmailSubscription(address))
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )


def declared(project: Project, settings: Settings) -> list[iam.PolicyStatement]:
    """The AWS actions that deployed connectors declare, for the boundary."""
    return [
        statement
        for connector in project.connectors.values()
        if (callers := project.callers_of(connector.name))
        for statement in aws_access(connector, callers, settings.bound(connector, callers).values())
    ]


def of_managers(project: Project) -> list[iam.PolicyStatement]:
    """What managers may beyond the boundary of everybody, in a project that has some."""
    if not any(agent.workflow for agent in project.agents.values()):
        return []
    return [
        may("scheduler:CreateSchedule", on=[arns.arn("scheduler", f"schedule/{naming.schedules('*')}/*")]),
        may("iam:PassRole", on=[arns.role_arn(naming.clock("*"))]),
    ]


def of_reconcile(names: Collection[str]) -> list[iam.PolicyStatement]:
    """What the reconcile service needs, for the boundary of a deployment that has it."""
    verifiers = [arns.alias_arn(naming.verifier(name), naming.RECONCILE) for name in sorted(names)]
    deliveries = arns.table_arn(naming.DELIVERIES_TABLE)
    return [may("lambda:InvokeFunction", on=verifiers), may("dynamodb:BatchGetItem", on=[deliveries])]


def boundary() -> list[iam.PolicyStatement]:
    """Only the actions that an identity needs, only on Hookline's resources; none that changes permissions."""
    ours = f"{naming.PREFIX}*"
    return [
        may("logs:CreateLogStream", "logs:PutLogEvents", on=[arns.arn("logs", f"log-group:/aws/lambda/{ours}")]),
        may("events:PutEvents", on=[arns.bus_arn()]),
        may(
            *(f"sqs:{verb}" for verb in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")),
            "sqs:ChangeMessageVisibility",
            on=[arns.arn("sqs", ours)],
        ),
        may(
            *(f"dynamodb:{verb}" for verb in ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem")),
            "dynamodb:BatchWriteItem",
            on=[arns.table_arn(ours)],
        ),
        may(
            "lambda:InvokeFunction",
            on=[
                arns.alias_arn(f"{naming.PREFIX}-connector-*", "*"),
                arns.alias_arn(naming.service("reviews"), "*"),
            ],
        ),
        may("sns:Publish", on=[arns.arn("sns", ours)]),
        may("scheduler:CreateSchedule", on=[arns.arn("scheduler", f"schedule/{naming.REVIEWS_SCHEDULES}/*")]),
        may("iam:PassRole", on=[arns.role_arn(naming.REVIEW_CLOCK)]),
        may("secretsmanager:GetSecretValue", on=[arns.arn("secretsmanager", f"secret:{naming.PREFIX}/*")]),
        may("s3:PutObject", "s3:GetObject", "s3:DeleteObject", on=[arns.bodies_arn()]),
        may("s3:PutObject", on=[arns.records_arn()]),
        may("s3:PutObject", "s3:GetObjectVersion", on=[f"{arns.checkpoints_arn()}/*"]),
        may("s3:ListBucketVersions", on=[arns.checkpoints_arn()]),
        may("kms:Sign", "kms:Verify", on=[arns.arn("kms", "key/*")]),
        READS_METRICS,
    ]
