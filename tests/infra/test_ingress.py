"""Where deliveries come in."""

import pytest

from infra import naming
from infra.discovery import discover

pytestmark = pytest.mark.synth


def test_every_source_has_a_route_for_each_of_its_methods_and_there_is_no_other(deployed):
    routes = sorted(route.properties["RouteKey"] for route in deployed.all("AWS::ApiGatewayV2::Route"))
    sources = discover().sources
    assert routes == sorted(f"{method} /webhooks/{name}" for name in sources for method in sources[name].methods)


def test_every_route_leads_to_the_verifier_of_its_source(deployed):
    integrations = {f"integrations/{i.id}": i.properties for i in deployed.all("AWS::ApiGatewayV2::Integration")}
    for route in deployed.all("AWS::ApiGatewayV2::Route"):
        source = route.properties["RouteKey"].rpartition("/")[2]
        leads_to = integrations[route.properties["Target"]]
        assert leads_to["IntegrationUri"] == deployed.functions[naming.verifier(source)].arn
        assert leads_to["PayloadFormatVersion"] == "2.0"


def test_only_the_api_may_invoke_a_verifier_and_only_by_its_own_route(deployed):
    names = {naming.verifier(source) for source in discover().sources}
    invoking = [p for p in deployed.let_in if p.resource.rpartition(":")[2] in names]
    assert {(p.who, p.action) for p in invoking} == {("apigateway.amazonaws.com", "lambda:InvokeFunction")}
    routes = {p.resource.rpartition(":")[2]: p.when["ArnLike"]["aws:SourceArn"].split("/", 1)[1] for p in invoking}
    assert routes == {naming.verifier(source): f"*/*/webhooks/{source}" for source in discover().sources}


def test_the_api_holds_back_whoever_sends_too_much(deployed):
    (stage,) = deployed.all("AWS::ApiGatewayV2::Stage")
    limits = stage.properties["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] > 0
    assert limits["ThrottlingBurstLimit"] > 0


def test_the_api_logs_each_access_to_a_group_that_forgets(deployed):
    (stage,) = deployed.all("AWS::ApiGatewayV2::Stage")
    groups = {group.arn: group for group in deployed.all("AWS::Logs::LogGroup")}
    access = stage.properties["AccessLogSettings"]
    assert "RetentionInDays" in groups[access["DestinationArn"]].properties
    assert "$context.requestId" in access["Format"]
