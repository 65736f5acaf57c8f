"""HTTP APIs with a rate limit for each route, and an access log of what docs/ingress.md lists and no more.

These are functions, not a construct: an API's children must keep their ids, or its URL would change.
"""

import json
from collections.abc import Sequence
from typing import cast

from aws_cdk import Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.settings import Settings

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html;
# no header, no body, and the route instead of the path: a review's link is a secret.
ACCESS_LOG = {
    "at": "$context.requestTime",
    "from": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "ms": "$context.responseLatency",
    "request": "$context.requestId",
    "error": "$context.error.message",
    "integration": "$context.integrationErrorMessage",
}

# A route's key, "POST /webhooks/stripe", and the route.
Route = tuple[str, apigateway.HttpRoute]


def http_api(scope: Stack, name: str) -> apigateway.HttpApi:
    """An HTTP API without a stage: `serve` adds the stage after the routes."""
    return apigateway.HttpApi(scope, "Api", api_name=name, create_default_stage=False)


def url_of(api: apigateway.HttpApi, settings: Settings) -> str:
    """The URL of the API. The local emulator serves all APIs on one host; on AWS each has its own."""
    local = Fn.join("", [settings.endpoint, "/_aws/execute-api/", api.api_id, "/$default"])
    return local if settings.local else api.api_endpoint


def add_routes(
    api: apigateway.HttpApi, path: str, methods: Sequence[str], to: lambda_.IFunction, *, id: str
) -> list[Route]:
    """Add the routes of `path` to a function, one for each of `methods`, and return them."""
    integration = integrations.HttpLambdaIntegration(id, to)
    kinds = [apigateway.HttpMethod(method) for method in methods]
    routes = api.add_routes(path=path, methods=kinds, integration=integration)
    return [(f"{method} {path}", route) for method, route in zip(methods, routes, strict=True)]


def serve(
    scope: Stack,
    api: apigateway.HttpApi,
    settings: Settings,
    log_group: str,
    routes: Sequence[Route],
    per_second: int,
    burst: int,
) -> None:
    """Add the stage, with a limit of requests per second for each route: a flood on one does not affect another."""
    access = logs.LogGroup(
        scope,
        "Access",
        # Under this prefix, log groups do not count towards the 5,120 characters of CloudWatch Logs' resource policy:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
        log_group_name=f"/aws/vendedlogs/{log_group}",
        retention=logs.RetentionDays.THREE_MONTHS,
        removal_policy=RemovalPolicy.DESTROY,
    )
    stage = apigateway.HttpStage(
        scope,
        "Stage",
        http_api=api,
        stage_name="$default",
        auto_deploy=True,
        throttle=apigateway.ThrottleSettings(rate_limit=per_second, burst_limit=burst),
    )
    limits = {"ThrottlingRateLimit": per_second, "ThrottlingBurstLimit": burst}
    raw_stage = cast(apigateway.CfnStage, stage.node.default_child)  # the construct has no settings of routes
    raw_stage.route_settings = {key: limits for key, _ in routes}
    if not settings.local:
        raw_stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
    stage.node.add_dependency(*(route for _, route in routes))
