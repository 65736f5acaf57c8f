"""Every operation of every connector declares what the gate and the outbound call need."""

import re
from urllib.parse import urlsplit

from functions.core.manifests.credentials import AwsRole
from functions.core.manifests.tenant import split

# What no delivery names: an operator binds a destination to it.
DESTINATIONS = {"hubspot:portal/{portal}", "ses:sender/{identity}/{configuration_set}/{contact_list}"}
METHODS = {"read": {"GET"}, "effect": {"POST", "PUT", "PATCH", "DELETE"}}


def test_a_connector_that_calls_out_declares_an_address_and_a_credential(connector):
    outside = any(operation.path for operation in (*connector.operations, *connector.listings))
    if outside:
        assert urlsplit(connector.base).hostname in connector.hosts
        assert connector.credential
    else:
        assert (connector.hosts, connector.base) == ((), "")
        assert connector.credential is None or isinstance(connector.credential, AwsRole)


def test_an_operation_of_a_provider_has_a_path_and_the_method_of_its_kind(operation):
    connector, declared = operation
    if connector.hosts:
        assert declared.path.startswith("/")
        assert declared.method in (METHODS[declared.kind] if not declared.metered else {"POST"})
    else:
        assert (declared.path, declared.method) == ("", "")


def test_a_path_has_no_query_and_no_way_up(operation):
    _, declared = operation
    literal = re.sub(r"{\w+}", "", declared.path)
    assert re.fullmatch(r"[\w/.-]*", literal)
    assert ".." not in literal


def test_a_grant_or_a_destination_can_name_the_entity_of_an_operation(operation, entities, bindable):
    # An entity that nothing ever names would make an operation that the gate always refuses.
    _, declared = operation
    if declared.model or declared.as_app:  # an agent's manifest names the model, and the operator the App
        return
    pattern = "".join(
        ".+" if part.startswith("{") else re.escape(part) for part in re.split(r"({\w+})", declared.entity)
    )
    # An agent names no tenant: it is the grant's.
    bound = declared.entity in bindable or declared.entity in DESTINATIONS
    named = bound or any(re.fullmatch(pattern, split(entity)[0]) for entity in entities)
    assert named, f"nothing names {declared.entity}"
