"""The review service, the pages of its links, and the topic that notifies people."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from functions.core.events.reviews import DECISIONS, REVIEW_OPENED, SOURCE, TO_SERVICE
from functions.core.platform.environment import ReviewLinksEnvironment, ReviewServiceEnvironment
from hookline.validation.discovery import Project
from infra import naming
from infra.constructs import arns
from infra.constructs.clock import add_clock, may_schedule
from infra.constructs.consumer import Consumer, queue_urls
from infra.constructs.function import Function, may, only_events
from infra.constructs.http_api import add_routes, http_api, serve, url_of
from infra.settings import Settings
from infra.tags import service_tags

IDENTITY = "service.reviews"
SERVICE = naming.service("reviews")
SERVICE_SECONDS = 30
LINKS_SECONDS = 15
PAGES_PER_SECOND = 20  # people read them, and mail scanners
BURST = 40
SWEEP = Duration.minutes(5)


class ReviewsStack(Stack):
    """The review service and its entry points. Its API is separate from the webhooks', and so is access to it."""

    def __init__(self, scope: Construct, id: str, settings: Settings, project: Project) -> None:
        super().__init__(scope, id, description="Hookline: people decide on the requests of agents")
        self._settings = settings
        self._announces = any(agent.subscribes_to(SOURCE, REVIEW_OPENED) for agent in project.agents.values())
        api = http_api(self, naming.REVIEWS_API)
        url = url_of(api, settings)
        self._topic()
        self._link_key()
        self._clock()
        self._entrances(self._service(url))
        routes = add_routes(api, "/reviews/{token}", ("GET", "POST"), self._links().function, id="To-links")
        serve(self, api, settings, naming.REVIEWS_API, routes, PAGES_PER_SECOND, BURST)
        CfnOutput(self, "Url", value=url, description="The links of reviews are <Url>/reviews/<token>")

    def _topic(self) -> None:
        topic = sns.Topic(self, "Topic", topic_name=naming.REVIEWS_TOPIC, enforce_ssl=not self._settings.local)
        for address in self._settings.review_emails:
            topic.add_subscription(subscriptions.EmailSubscription(address))

    def _link_key(self) -> None:
        secretsmanager.Secret(
            self,
            "LinkKey",
            secret_name=naming.REVIEW_LINK_KEY,
            description="Signs the links of reviews; only the review service reads it",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=self._settings.removal,
        )

    def _clock(self) -> None:
        """The schedules' group, and the role with which EventBridge Scheduler invokes the review service."""
        add_clock(
            self,
            group=naming.REVIEWS_SCHEDULES,
            role=naming.REVIEW_CLOCK,
            allow=may("lambda:InvokeFunction", on=[arns.alias_arn(SERVICE, naming.CLOCK)]),
            tags=service_tags("review_clock", "Invoke the review service when a review expires"),
        )

    def _service(self, url: str) -> Consumer:
        reviews = arns.table_arn(naming.REVIEWS_TABLE)
        return Consumer(
            self,
            "ReviewService",
            settings=self._settings,
            name=SERVICE,
            identity=IDENTITY,
            starts="functions.core.reviews.handlers.service",
            code=["functions/core", "functions/api", "functions/events"],
            pattern={"source": [{"prefix": "agent."}], "detail-type": list(TO_SERVICE)},
            environment=ReviewServiceEnvironment(
                **queue_urls(SERVICE, IDENTITY),
                reviews_table=naming.REVIEWS_TABLE,
                bus=naming.BUS,
                grant_key=naming.GRANT_KEY,
                link_key=naming.REVIEW_LINK_KEY,
                topic_arn=arns.arn("sns", naming.REVIEWS_TOPIC),
                schedule_group=naming.REVIEWS_SCHEDULES,
                clock_arn=arns.alias_arn(SERVICE, naming.CLOCK),
                clock_role_arn=arns.role_arn(naming.REVIEW_CLOCK),
                public_url=url,
                deciders=" ".join(self._settings.review_deciders),
                announces="yes" if self._announces else "",
                local="yes" if self._settings.local else "",
            ),
            seconds=SERVICE_SECONDS,
            allow=[
                may("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", on=[reviews]),
                may("dynamodb:Query", on=[f"{reviews}/index/{naming.REVIEWS_INDEX}"]),
                may(
                    "secretsmanager:GetSecretValue",
                    on=[arns.secret_arn(naming.GRANT_KEY), arns.secret_arn(naming.REVIEW_LINK_KEY)],
                ),
                may(
                    "events:PutEvents",
                    on=[arns.bus_arn()],
                    when=only_events(SOURCE, [REVIEW_OPENED, *DECISIONS]),
                ),
                may("sns:Publish", on=[arns.arn("sns", naming.REVIEWS_TOPIC)]),
                *may_schedule(naming.REVIEWS_SCHEDULES, naming.REVIEW_CLOCK),
            ],
            tags=service_tags("reviews", "Ask people and publish their decisions"),
        )

    def _entrances(self, service: Consumer) -> None:
        version, lost = service.function.function.current_version, service.queues.dead_letters
        for name in (naming.DECISIONS, naming.LINKS):
            lambda_.Alias(self, f"ReviewService-{name}", alias_name=name, version=version)
        clock = lambda_.Alias(
            self,
            f"ReviewService-{naming.CLOCK}",
            alias_name=naming.CLOCK,
            version=version,
            on_failure=destinations.SqsDestination(lost),
        )
        # Completes the work that a crash interrupted, and replaces lost schedules.
        sweep = targets.LambdaFunction(clock, event=events.RuleTargetInput.from_object({}), dead_letter_queue=lost)
        events.Rule(self, "Sweep", schedule=events.Schedule.rate(SWEEP), targets=[sweep])

    def _links(self) -> Function:
        entrance = arns.alias_arn(SERVICE, naming.LINKS)
        return Function(
            self,
            "Links",
            settings=self._settings,
            name=naming.service("review_links"),
            starts="functions.core.reviews.handlers.links",
            code=["functions/core"],
            environment=ReviewLinksEnvironment(service_arn=entrance),
            seconds=LINKS_SECONDS,
            allow=[may("lambda:InvokeFunction", on=[entrance])],
            tags=service_tags("review_links", "Show the pages of review links"),
        )
