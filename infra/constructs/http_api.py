"""HTTP APIs, all made alike: every route with a limit of its own, and a log of accesses that holds no address.

These are functions, not a construct: an API's children must keep their ids, or its address would change.
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
# no header, no body, and of the path only its route: a review's link is a secret.
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

# A route's key, "POST /webhooks/stripe", and the route.
Route = tuple[str, apigateway.HttpRoute]


def http_api(scope: Stack, name: str) -> apigateway.HttpApi:
    """An HTTP API without a stage: `serve` gives it one when it has its routes."""
    return apigateway.HttpApi(scope, "Api", api_name=name, create_default_stage=False)


def url_of(api: apigateway.HttpApi, settings: Settings) -> str:
    """Where the API is called. The local emulator serves every API under one address; on AWS each has a host."""
    local = Fn.join("", [settings.endpoint, "/_aws/execute-api/", api.api_id, "/$default"])
    return local if settings.local else api.api_endpoint


def add_routes(
    api: apigateway.HttpApi, path: str, methods: Sequence[str], to: lambda_.IFunction, *, id: str
) -> list[Route]:
    """The routes of `path` to a function, one for each of `methods`."""
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
    """Serve the API, at most so many requests a second and route: a flood on one takes nothing from another."""
    access = logs.LogGroup(
        scope,
        "Access",
        log_group_name=log_group,
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
    raw_stage = cast(apigateway.CfnStage, stage.node.default_child)  # the construct takes no settings of a route
    raw_stage.route_settings = {key: limits for key, _ in routes}
    if not settings.local:
        raw_stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
    stage.node.add_dependency(*(route for _, route in routes))
