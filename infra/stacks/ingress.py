"""Where deliveries come in: the HTTP API, and one verifier for each source."""

import json

from aws_cdk import CfnOutput, Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from functions.core.environment import VerifierEnvironment
from functions.core.manifest import SourceManifest
from infra import naming
from infra.bundling import own_lock
from infra.constructs import arns
from infra.constructs.function import Function, may, may_audit, only_rows
from infra.settings import Settings
from infra.tags import manifest_tags

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html; no header, no body.
ACCESS_LOG = {
    "at": "$context.requestTime",
    "from": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "ms": "$context.responseLatency",
    "request": "$context.requestId",
    "error": "$context.error.message",
}
VERIFIER_SECONDS = 10  # as long as the most patient of the providers waits
REQUESTS_PER_SECOND = 500
BURST = 1000


class IngressStack(Stack):
    """The HTTP API with a route `/webhooks/<source>` for each source; what is not deployed is not there."""

    def __init__(self, scope: Construct, id: str, settings: Settings, sources: list[SourceManifest]) -> None:
        super().__init__(scope, id, description="Hookline: receives and verifies webhooks")
        self._settings = settings
        self._api = apigateway.HttpApi(self, "Api", api_name=naming.PREFIX, create_default_stage=False)
        access = logs.LogGroup(
            self,
            "Access",
            log_group_name=f"/{naming.PREFIX}/api",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self._api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_SECOND, burst_limit=BURST),
        )
        # The local emulator serves every API under one address; on AWS each has a host of its own.
        local_url = Fn.join("", [settings.endpoint, "/_aws/execute-api/", self._api.api_id, "/$default"])
        self._url = local_url if settings.local else self._api.api_endpoint
        routes = [route for source in sources for route in self._receive(source)]
        # Each route has a limit of its own: a flood at one source takes nothing from another.
        limits = {"ThrottlingRateLimit": REQUESTS_PER_SECOND, "ThrottlingBurstLimit": BURST}
        raw_stage = stage.node.default_child
        raw_stage.route_settings = {key: limits for key, _ in routes}
        if not settings.local:
            raw_stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access.log_group_arn, format=json.dumps(ACCESS_LOG)
            )
        stage.node.add_dependency(*(route for _, route in routes))
        CfnOutput(self, "Url", value=self._url, description="Deliveries go to <Url>/webhooks/<source>")

    def _receive(self, source: SourceManifest) -> list[tuple[str, apigateway.HttpRoute]]:
        name = naming.verifier(source.name)
        # Created without a value: until an operator puts one, the verifier refuses everything.
        secretsmanager.CfnSecret(
            self,
            f"Secret-{source.name}",
            name=naming.signing_secret(source.name),
            description=f"What {source.name} signs its deliveries with",
        )
        verifier = Function(
            self,
            f"Verifier-{source.name}",
            settings=self._settings,
            name=name,
            handler="functions.services.verifier.handler.handler",
            code=[
                "functions/core",
                "functions/taxonomy",
                "functions/services/verifier",
                f"functions/sources/{source.name}",
            ],
            environment=VerifierEnvironment(
                audit_queue_url=arns.queue_url(naming.AUDIT_QUEUE),
                source=source.name,
                public_url=self._url,
                bus=naming.BUS,
                deliveries_table=naming.DELIVERIES_TABLE,
                bodies_bucket=arns.bodies_bucket(),
                signing_secret=naming.signing_secret(source.name),
                grant_key=naming.GRANT_KEY,
                spill_queue_url=arns.queue_url(naming.SPILL_QUEUE),
                # The emulator says 127.0.0.1 of everybody.
                addresses="unknown" if self._settings.local else "enforced",
            ),
            seconds=VERIFIER_SECONDS,
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
                    when={"StringEquals": {"events:source": source.identity}},
                ),
                may("sqs:SendMessage", on=[arns.arn("sqs", naming.SPILL_QUEUE)]),
                may("s3:PutObject", on=[arns.bodies_arn(f"events/{source.name}:*")]),
                may(
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:DeleteObject",
                    on=[arns.bodies_arn(f"unreadable/{source.name}/*")],
                ),
                may_audit(),
            ],
            tags=manifest_tags("source", source, f"Verify what {source.name} delivers"),
            lock=own_lock(f"functions/sources/{source.name}"),
        )
        path = f"/webhooks/{source.name}"
        routes = self._api.add_routes(
            path=path,
            methods=[apigateway.HttpMethod(method) for method in source.methods],
            integration=integrations.HttpLambdaIntegration(f"To-{source.name}", verifier.function),
        )
        return [(f"{method} {path}", route) for method, route in zip(source.methods, routes, strict=True)]
