"""The ingress: the HTTP API, and one verifier for each source."""

from collections.abc import Collection

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.secret_values import SECRET_FAULTS
from hookline.validation.layout import CONNECTOR_FILES, RECONCILE_FILES
from infra import naming
from infra.bundling import own_lock
from infra.concurrency import of_verifier
from infra.constructs import arns
from infra.constructs.alarm import PERIOD, alarm
from infra.constructs.function import Function, may, may_audit, only_events, only_rows
from infra.constructs.http_api import Route, add_routes, http_api, serve, url_of
from infra.settings import Settings
from infra.tags import manifest_tags
from infra.warm import NOTHING, Warm

VERIFIER_SECONDS = 10  # the longest timeout of the providers
REQUESTS_PER_SECOND = 500
BURST = 1000


class IngressStack(Stack):
    """The HTTP API with a route `/webhooks/<source>` for each deployed source."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        sources: list[SourceManifest],
        reconciled: Collection[str],
        warm: Warm = NOTHING,
    ) -> None:
        """`reconciled` are the sources whose verifiers publish what the reconcile service fetched.

        `warm` is what is kept initialized.
        """
        super().__init__(scope, id, description="Hookline: receives and verifies webhooks")
        self._settings = settings
        self._reconciled = reconciled
        self._warm = warm
        # The local stack's emulator has no quota.
        self._reserved = None if settings.local else of_verifier(settings.concurrency, len(sources))
        self._api = http_api(self, naming.PREFIX)
        self._url = url_of(self._api, settings)
        routes = [route for source in sources for route in self._receive(source)]
        serve(self, self._api, settings, naming.PREFIX, routes, REQUESTS_PER_SECOND, BURST)
        CfnOutput(self, "Url", value=self._url, description="Deliveries go to <Url>/webhooks/<source>")

    def _receive(self, source: SourceManifest) -> list[Route]:
        name = naming.verifier(source.name)
        # Created without a value: until an operator sets one, the verifier rejects every delivery.
        signing = secretsmanager.CfnSecret(
            self,
            f"Secret-{source.name}",
            name=naming.signing_secret(source.name),
            description=f"Secret that signs the deliveries of {source.name}",
        )
        signing.apply_removal_policy(self._settings.removal)
        verifier = Function(
            self,
            f"Verifier-{source.name}",
            settings=self._settings,
            name=name,
            starts="functions.core.ingress.handlers.verifier",
            code=["functions/core", "functions/api", f"functions/providers/{source.name}"],
            without=(*CONNECTOR_FILES, *RECONCILE_FILES),
            environment=VerifierEnvironment(
                audit_queue_url=arns.audit_queue_url(source.identity),
                source=source.name,
                public_url=self._url,
                bus=naming.BUS,
                deliveries_table=naming.DELIVERIES_TABLE,
                bodies_bucket=arns.bodies_bucket(),
                signing_secret=naming.signing_secret(source.name),
                grant_key=naming.GRANT_KEY,
                spill_queue_url=arns.queue_url(naming.SPILL_QUEUE),
                # The emulator reports 127.0.0.1 for every sender.
                addresses="unknown" if self._settings.local else "enforced",
                expected=self._settings.expects(source),
                mode=self._settings.mode,
            ),
            seconds=VERIFIER_SECONDS,
            reserved_concurrency=self._reserved,
            allow=[
                may(
                    "secretsmanager:GetSecretValue",
                    on=[arns.secret_arn(naming.signing_secret(source.name)), arns.secret_arn(naming.GRANT_KEY)],
                ),
                may(
                    *(f"dynamodb:{verb}Item" for verb in ("Put", "Update", "Delete")),
                    on=[arns.table_arn(naming.DELIVERIES_TABLE)],
                    when=only_rows(f"{source.name}:*"),
                ),
                may(
                    "dynamodb:GetItem",
                    on=[arns.table_arn(naming.DELIVERIES_TABLE)],
                    when=only_rows(f"addresses#{source.name}"),
                ),
                may(
                    "events:PutEvents",
                    on=[arns.bus_arn()],
                    when=only_events(source.identity),
                ),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.SPILL_QUEUE)]),
                may("s3:PutObject", on=[arns.bodies_arn(f"events/{source.name}:*")]),
                may(
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:DeleteObject",
                    on=[arns.bodies_arn(f"unreadable/{source.name}/*")],
                ),
                may_audit(source.identity),
            ],
            tags=manifest_tags("source", source, f"Verify deliveries of {source.name}"),
            lock=own_lock(f"functions/providers/{source.name}"),
        )
        if source.name in self._reconciled:
            version = verifier.function.current_version
            lambda_.Alias(self, f"{source.name}-for-{naming.RECONCILE}", alias_name=naming.RECONCILE, version=version)
        self._alarm_if_malformed(source)
        entry = self._kept_warm(source, verifier) or verifier.function
        return add_routes(self._api, f"/webhooks/{source.name}", source.methods, entry, id=f"To-{source.name}")

    def _kept_warm(self, source: SourceManifest, verifier: Function) -> lambda_.Alias | None:
        """The alias of a verifier whose environments are kept initialized, None if none are."""
        kept = self._warm.of_source(source.identity)
        if not kept:
            return None
        return lambda_.Alias(
            self,
            f"{source.name}-{naming.LOW_LATENCY}",
            alias_name=naming.LOW_LATENCY,
            version=verifier.function.current_version,
            provisioned_concurrent_executions=kept,
        )

    def _alarm_if_malformed(self, source: SourceManifest) -> None:
        """A secret that can verify nothing refuses every delivery, and only the operator can correct it."""
        faults = cloudwatch.Metric(
            namespace="Hookline",
            metric_name=SECRET_FAULTS,
            dimensions_map={"service": source.identity},
            statistic="Sum",
            period=PERIOD,
        )
        description = f"A signing secret of {source.name} is malformed: 'hookline secrets show {source.name}'"
        alarm(Construct(self, f"Malformed-{source.name}"), faults, 1, description, queue=False)
