"""Who decides: proven by STS, for one decision; and who that is."""

from types import SimpleNamespace

import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from botocore.exceptions import EndpointConnectionError

from functions.core.platform.errors import RetryableError
from functions.core.reviews import proof
from functions.core.reviews.people import voter
from functions.core.reviews.review import Refused

STS = "https://sts.us-east-1.amazonaws.com"
ADA = "arn:aws:iam::111122223333:user/ada"
ACCOUNT = "111122223333"
SAID = proof.statement("approve", "0123456789ab", note="fine", action="a", state="s")


class Sts:
    """Knows one key, and verifies a signature as STS does: by making it again of what it was sent."""

    def __init__(self, credentials):
        self.credentials = credentials
        self.status, self.error, self.sent = 200, None, []

    def __call__(self, request):
        if self.error:
            raise self.error
        self.sent.append(request)
        if self.status != 200:
            return SimpleNamespace(status_code=self.status, text="<Code>ServiceUnavailable</Code>")
        if self._signed_again(request) != request.headers["authorization"]:
            return SimpleNamespace(status_code=403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return SimpleNamespace(
            status_code=200, text=f"<GetCallerIdentityResult><Arn>{ADA}</Arn></GetCallerIdentityResult>"
        )

    def _signed_again(self, request):
        again = proof.request(request.url, request.headers[proof.DECISION])
        again.context["timestamp"] = request.headers["x-amz-date"]
        signer = SigV4Auth(self.credentials, "sts", "us-east-1")
        again.headers["X-Amz-Date"] = request.headers["x-amz-date"]
        if self.credentials.token:
            again.headers["X-Amz-Security-Token"] = self.credentials.token
        text = signer.string_to_sign(again, signer.canonical_request(again))
        names = signer.signed_headers(signer.headers_to_sign(again))
        signature = signer.signature(text, again)
        return f"AWS4-HMAC-SHA256 Credential={signer.scope(again)}, SignedHeaders={names}, Signature={signature}"


def signed(credentials, said=SAID, endpoint=STS, change=lambda request: None, service="sts"):
    request = proof.request(endpoint, said)
    change(request)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    handed = {name.lower(): value for name, value in request.headers.items()}
    return {name: handed[name] for name in proof.HANDED_OVER if name in handed}


@pytest.fixture(params=[None, "a session's token"], ids=["user", "session"])
def credentials(request):
    return Credentials("AKIDEXAMPLE", "made-up", request.param)


@pytest.fixture
def sts(credentials):
    return Sts(credentials)


def test_sts_says_who_signed(credentials, sts):
    """With a key of their own or of a session."""
    assert proof.principal(signed(credentials), SAID, STS, sts) == ADA


def test_the_request_goes_to_the_service_own_sts_whatever_is_handed_over(credentials, sts):
    """Only the signature comes from outside."""
    handed = {**signed(credentials), "host": "evil.example", "url": "https://evil.example", "x-hookline-decision": "x"}
    proof.principal(handed, SAID, STS, sts)
    (sent,) = sts.sent
    assert (sent.method, sent.url, sent.body) == ("POST", f"{STS}/", proof.BODY)
    assert (sent.headers[proof.DECISION], sent.headers.get("host")) == (SAID, None)


@pytest.mark.parametrize(
    "other",
    [
        proof.statement("deny", "0123456789ab", note="fine", action="a", state="s"),
        proof.statement("approve", "ba9876543210", note="fine", action="a", state="s"),
        proof.statement("approve", "0123456789ab", note="other", action="a", state="s"),
        proof.statement("approve", "0123456789ab", note="fine", action="b", state="s"),
        proof.statement("approve", "0123456789ab", note="fine", action="a", state="t"),
        proof.statement("approve", "0123456789ab", note="fine", action="a", state="s", name="eve"),
    ],
    ids=["decision", "review", "note", "action", "state", "name"],
)
def test_a_proof_is_good_for_one_decision(credentials, sts, other):
    """A proof that was seen cannot be used for another one."""
    with pytest.raises(Refused, match="SignatureDoesNotMatch"):
        proof.principal(signed(credentials), other, STS, sts)


def test_a_signature_that_leaves_the_decision_out_is_no_proof(credentials, sts):
    """An attacker may have made a person sign a GetCallerIdentity for another system."""

    def without(request):
        del request.headers[proof.DECISION]

    with pytest.raises(Refused, match="malformed"):
        proof.principal(signed(credentials, change=without), SAID, STS, sts)
    assert sts.sent == []


def test_a_signature_for_another_service_is_no_proof(credentials, sts):
    """Only STS answers who somebody is."""
    with pytest.raises(Refused, match="malformed"):
        proof.principal(signed(credentials, service="lambda"), SAID, STS, sts)


@pytest.mark.parametrize(
    "handed",
    [
        None,
        "text",
        {},
        {"authorization": ""},
        {"authorization": 5},
        {"authorization": "Bearer x"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, "},
        {"authorization": "x" * 5000},
        {"authorization": "AWS4-HMAC-SHA256 a\r\nhost: evil.example"},
    ],
)
def test_what_is_no_signature_is_refused_before_anybody_is_asked(sts, handed):
    """Whatever it is."""
    with pytest.raises(Refused, match="malformed"):
        proof.principal(handed, SAID, STS, sts)
    assert sts.sent == []


def test_another_header_cannot_be_smuggled_in_with_a_good_signature(credentials, sts):
    """Nor a line's end into one that is taken."""
    handed = {**signed(credentials), "x-amz-date": "20260101T000000Z\r\nx-evil: 1"}
    with pytest.raises(Refused, match="malformed"):
        proof.principal(handed, SAID, STS, sts)


def test_nobody_is_refused_because_sts_fails(credentials, sts):
    """They may try again."""
    sts.status = 503
    with pytest.raises(RetryableError, match="503"):
        proof.principal(signed(credentials), SAID, STS, sts)
    sts.error = EndpointConnectionError(endpoint_url=STS)
    with pytest.raises(RetryableError, match="did not answer"):
        proof.principal(signed(credentials), SAID, STS, sts)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (STS, STS),
        ("https://sts.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
    ],
)
def test_both_sides_ask_the_sts_of_their_region(url, asked):
    """An older boto3 prefers the global one, and a signature is good for one host."""
    sts = SimpleNamespace(meta=SimpleNamespace(endpoint_url=url, region_name="eu-west-1"))
    assert proof.endpoint(sts) == asked


# who that is


@pytest.mark.parametrize("arn", [ADA, "arn:aws:iam::111122223333:user/team/ada", "arn:aws:iam::111122223333:root"])
def test_a_user_is_one_person(arn):
    """By their ARN."""
    assert (voter(arn, ACCOUNT).name, voter(arn, ACCOUNT).persons) == (arn, (arn,))


def test_sessions_of_one_role_are_one_person():
    """The principal that assumes a role chooses the session's name."""
    first, second = (voter(f"arn:aws:sts::111122223333:assumed-role/approver/{name}", ACCOUNT) for name in ("a", "b"))
    assert first.persons == second.persons
    assert first.name != second.name


def test_users_of_identity_center_are_persons_of_their_own():
    """It gives their sessions their own names."""
    role = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Approver_0123456789abcdef"
    first, second = (voter(f"{role}/{name}@example.com", ACCOUNT) for name in ("ada", "bob"))
    assert set(first.persons).isdisjoint(second.persons)


def test_a_user_of_identity_center_is_one_person_by_whichever_permission_set():
    """Each permission set is another role, and the same user may sign in by all that they have."""
    roles = ("AWSReservedSSO_Approver_0123456789abcdef", "AWSReservedSSO_Admin_fedcba9876543210")
    first, second = (voter(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/ada@example.com", ACCOUNT) for role in roles)
    assert first.persons == second.persons


@pytest.mark.parametrize("role", ["hookline-agent-fraud", "hookline-review-links", "hookline-anything"])
def test_a_function_decides_nothing(role):
    """Nobody approves what they asked for."""
    with pytest.raises(Refused, match="is a function"):
        voter(f"arn:aws:sts::111122223333:assumed-role/{role}/session", ACCOUNT)


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        ("arn:aws:iam::999999999999:user/ada", "belongs to another account"),
        ("arn:aws:sts::111122223333:federated-user/ada", "only users and roles"),
        ("arn:aws:iam::111122223333:group/people", "only users and roles"),
        ("ada", "only users and roles"),
        ("", "only users and roles"),
    ],
)
def test_others_decide_nothing(arn, why):
    """Federated users choose their own names."""
    with pytest.raises(Refused, match=why):
        voter(arn, ACCOUNT)


def test_who_may_decide_can_be_narrowed_down():
    """To patterns of ARNs."""
    patterns = ("arn:aws:iam::111122223333:user/approvers/*", "arn:aws:iam::111122223333:user/ada")
    assert voter(ADA, ACCOUNT, patterns).name == ADA
    assert voter("arn:aws:iam::111122223333:user/approvers/bob", ACCOUNT, patterns)
    with pytest.raises(Refused, match="not among those"):
        voter("arn:aws:iam::111122223333:user/eve", ACCOUNT, patterns)
