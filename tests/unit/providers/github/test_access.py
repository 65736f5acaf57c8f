"""Who calls: the App's token, narrowed to one repository and to what the request needs; limits, and deliveries."""

import json
from dataclasses import replace

import pytest

from functions.core.gate.outbound import Busy, Refused, Unauthorized
from functions.core.manifests.credentials import GitHubApp
from functions.core.platform.errors import ManifestError
from functions.providers.github.connector import MANIFEST
from functions.providers.github.sandbox.account import HELLO, OUTSIDE
from functions.providers.github.sandbox.key import APP_ID
from tests.unit.providers.github.conftest import NOW, commit, of

CODE = {"text": "1\n"}
APP = {"app": str(APP_ID)}


@pytest.fixture
def pull(hub):
    return hub.pull({"export.py": CODE})


def test_each_token_is_for_one_repository_and_the_permissions_of_its_request(hub, pull):
    """A read holds no permission to write."""
    hub.sandbox.tokens.clear()
    hub.performer._installations._tokens.clear()
    hub.call("pull.get", **of(pull))
    hub.call("contents.read", **commit(pull), path="export.py")
    hub.call("review.create", name="review", **of(pull, "commit_id"), body="Hello.")
    tokens = hub.sandbox.tokens.values()
    assert [token["repositories"] for token in tokens] == [[HELLO]] * 3
    assert [{**token["permissions"], "metadata": ""} for token in tokens] == [
        {"pull_requests": "read", "metadata": ""},
        {"contents": "read", "metadata": ""},
        {"pull_requests": "write", "metadata": ""},
    ]


def test_every_operation_needs_no_more_than_it_says():
    """The App can be given exactly these."""
    needed = {}
    for operation in MANIFEST.operations:
        for name, level in operation.permissions.items():
            needed[name] = max(needed.get(name, ""), level)
    assert needed == {"pull_requests": "write", "contents": "read", "checks": "write"}


def test_a_repository_without_the_app_is_refused(hub):
    """As GitHub does: it does not say that there is one."""
    with pytest.raises(Refused, match="404"):
        hub.call("pull.get", repository=str(OUTSIDE), number="1")


def test_an_expired_token_is_replaced(hub, pull):
    """An hour later."""
    hub.call("pull.get", **of(pull))
    hub.clock[0] += 3_600
    try:
        assert hub.call("pull.get", **of(pull))["state"] == "open"
    finally:
        hub.clock[0] = NOW


def test_a_token_that_was_revoked_is_not_used_again(hub, pull):
    """The call fails for now, and the next one gets a new token."""
    hub.call("pull.get", **of(pull))
    hub.sandbox.tokens.clear()
    with pytest.raises(Unauthorized):
        hub.call("pull.get", **of(pull))
    assert hub.call("pull.get", **of(pull))["state"] == "open"


def test_no_token_and_no_key_is_in_what_the_sandbox_shows_or_an_error_says(hub, pull):
    """Of neither form."""
    hub.call("pull.get", **of(pull))
    (token, *_) = hub.sandbox.tokens
    assert token.startswith(f"ghs_{APP_ID}_") and len(token) > 40
    shown = json.dumps(hub.state()) + json.dumps(hub.server.sandbox.logs["github"].content())
    assert "ghs_" not in shown and "PRIVATE KEY" not in shown
    hub.sandbox.tokens.clear()
    with pytest.raises(Unauthorized) as error:
        hub.call("pull.get", **of(pull))
    assert "ghs_" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "wait"),
    [
        ({"rate_limited": 1, "reset_in": 90}, 90),
        ({"secondary": 1, "retry_after": 7}, 7),
        ({"secondary": 1, "reset_in": 900}, 60),  # the other limit's time says nothing
    ],
)
def test_a_rate_limit_is_retried_when_github_says(hub, pull, settings, wait):
    """Although the status is a 403, as of a refusal."""
    hub.call("pull.get", **of(pull))
    hub.control("settings", **settings)
    with pytest.raises(Busy, match="rate limit") as error:
        hub.call("pull.get", **of(pull))
    assert error.value.retry_after == wait


def test_a_permission_that_the_app_lacks_is_a_refusal(hub, pull):
    """It is not retried."""
    merge = replace(MANIFEST.operation("pull.get"), permissions={"contents": "write"})
    with pytest.raises(Refused, match="422"):
        hub.performer.call(merge, of(pull), None, 5)


def test_a_lost_delivery_is_listed_and_delivered_again_under_its_guid(hub):
    """The verifier takes it for a copy if it had it after all."""
    hub.control("commits", branch="lost", files={"export.py": CODE})
    assert hub.control("pulls", branch="lost", lost=True)["deliveries"] == []
    failed = hub.call("delivery.list", **APP, status="failure")
    (lost,) = failed["items"]
    assert failed["complete"]
    hub.call("delivery.redeliver", **APP, delivery=lost["id"])
    (sent,) = json.loads(hub.sandbox.control("GET", "deliveries", b"").body)["deliveries"]
    assert sent["headers"]["x-github-delivery"] == lost["guid"]
    assert sent["payload"]["action"] == "opened"


def test_deliveries_are_listed_over_several_pages(hub, pull):
    """With a cursor."""
    for number in range(102):
        hub.control(f"pulls/{pull['number']}", action="edit", title=f"title {number}")
    assert len(hub.call("delivery.list", **APP)["items"]) > 102


def test_the_deliveries_of_another_app_are_refused(hub):
    """The destination that the operator bound names another App than the credential."""
    with pytest.raises(Refused, match="another App"):
        hub.call("delivery.list", app="1")


def test_an_operation_of_the_app_itself_has_no_permissions():
    """Its JWT has none, and only an App has one."""
    listed = MANIFEST.operation("delivery.list")
    with pytest.raises(ManifestError, match="JWT has no permissions"):
        replace(MANIFEST, operations=[replace(listed, permissions={"contents": "read"})])
    bare = replace(listed, as_app=False)
    with pytest.raises(ManifestError, match="declares no permissions"):
        replace(MANIFEST, operations=[bare])
    assert isinstance(MANIFEST.credential, GitHubApp)
