"""The APIs that receive deliveries and serve the review links."""

import json
import re

import pytest

from functions.core.platform.secret_values import SECRET_FAULTS
from infra import naming
from infra.interpreters import ROOT
from tests.infra.found import declared_project, every

pytestmark = pytest.mark.synth


def of_the_api(deployed, type, name=naming.PREFIX):
    """The resources of a type that belong to an API (default: the webhooks'), at least one."""
    (api,) = (api for api in deployed.all("AWS::ApiGatewayV2::Api") if api.name == name)
    found = [resource for resource in every(deployed, type) if resource.properties["ApiId"] == api.name]
    assert found
    return found


def test_every_source_has_a_route_for_each_of_its_methods_and_there_is_no_other(deployed):
    routes = sorted(route.properties["RouteKey"] for route in of_the_api(deployed, "AWS::ApiGatewayV2::Route"))
    sources = declared_project().sources
    assert routes == sorted(f"{method} /webhooks/{name}" for name in sources for method in sources[name].methods)


def test_every_route_leads_to_the_verifier_of_its_source(deployed):
    integrations = {f"integrations/{i.id}": i.properties for i in deployed.all("AWS::ApiGatewayV2::Integration")}
    for route in of_the_api(deployed, "AWS::ApiGatewayV2::Route"):
        source = route.properties["RouteKey"].rpartition("/")[2]
        leads_to = integrations[route.properties["Target"]]
        assert leads_to["IntegrationUri"] == deployed.functions[naming.verifier(source)].arn
        assert leads_to["PayloadFormatVersion"] == "2.0"


def test_only_the_api_may_invoke_a_verifier_and_only_by_its_own_route(deployed):
    names = {naming.verifier(source) for source in declared_project().sources}
    invoking = [p for p in deployed.resource_policies if p.resource.rpartition(":")[2] in names]
    assert {(p.who, p.action) for p in invoking} == {("apigateway.amazonaws.com", "lambda:InvokeFunction")}
    routes = {p.resource.rpartition(":")[2]: p.when["ArnLike"]["aws:SourceArn"].split("/", 1)[1] for p in invoking}
    assert routes == {naming.verifier(source): f"*/*/webhooks/{source}" for source in declared_project().sources}


def test_a_malformed_signing_secret_of_any_source_raises_an_alarm(deployed):
    # By the metric that the verifier sends of itself; only the operator can correct it.
    watched = [
        (given["MetricName"], given["Threshold"], [dimension["Value"] for dimension in given["Dimensions"]])
        for given in (alarm.properties for alarm in every(deployed, "AWS::CloudWatch::Alarm"))
        if given["MetricName"] == SECRET_FAULTS
    ]
    identities = sorted(source.identity for source in declared_project().sources.values())
    assert sorted(watched) == [(SECRET_FAULTS, 1, [identity]) for identity in identities]


def test_the_api_throttles_its_callers(deployed):
    (stage,) = of_the_api(deployed, "AWS::ApiGatewayV2::Stage")
    limits = stage.properties["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] > 0
    assert limits["ThrottlingBurstLimit"] > 0


def test_the_api_logs_each_access_to_a_group_with_a_retention(deployed):
    (stage,) = of_the_api(deployed, "AWS::ApiGatewayV2::Stage")
    groups = {group.arn: group for group in deployed.all("AWS::Logs::LogGroup")}
    access = stage.properties["AccessLogSettings"]
    assert "RetentionInDays" in groups[access["DestinationArn"]].properties
    # AWS adds any other group to a resource policy of limited size, and refuses the stage when that is full.
    assert groups[access["DestinationArn"]].name == f"/aws/vendedlogs/{naming.PREFIX}"


def test_the_access_logs_hold_what_the_docs_list(deployed):
    listed = (ROOT / "docs/ingress.md").read_text().split("## Access log")[1].split("\n## ")[0]
    for stage in every(deployed, "AWS::ApiGatewayV2::Stage"):
        variables = json.loads(stage.properties["AccessLogSettings"]["Format"]).values()
        assert sorted(variables) == sorted(re.findall(r"`(\$context\.[A-Za-z.]+)`", listed))


# the pages of the review links


def of_the_reviews_api(deployed, type):
    """The resources of a type that belong to the API of the review links."""
    return of_the_api(deployed, type, naming.REVIEWS_API)


def test_review_links_have_one_url_and_a_function_of_their_own(deployed):
    routes = of_the_reviews_api(deployed, "AWS::ApiGatewayV2::Route")
    assert sorted(route.properties["RouteKey"] for route in routes) == [
        "GET /reviews/{token}",
        "POST /reviews/{token}",
    ]
    uris = {i.properties["IntegrationUri"] for i in of_the_reviews_api(deployed, "AWS::ApiGatewayV2::Integration")}
    assert uris == {deployed.functions[naming.service("review_links")].arn}


def test_requests_for_review_links_are_throttled_on_each_route(deployed):
    (stage,) = of_the_reviews_api(deployed, "AWS::ApiGatewayV2::Stage")
    settings = stage.properties["RouteSettings"]
    assert set(settings) == {"GET /reviews/{token}", "POST /reviews/{token}"}
    assert all(0 < limits["ThrottlingRateLimit"] <= 20 for limits in settings.values())


def test_no_access_log_contains_the_path_of_a_link(deployed):
    # Anyone with the token in the path can decide.
    logs = [s.properties["AccessLogSettings"]["Format"] for s in deployed.all("AWS::ApiGatewayV2::Stage")]
    assert len(logs) == 2
    assert not any(name in log for log in logs for name in ("$context.path", "requestOverride", "proxy"))
