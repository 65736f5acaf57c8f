"""The proof of who decides: a request to AWS STS that only the decider can sign, and that names this one decision.

The decider signs a GetCallerIdentity whose header `x-hookline-decision` is the decision's digest, and sends the
signature. The review service builds the same request, sends it to STS in its own region, and uses the ARN that STS
answers. So nothing that callers say about themselves counts, and a proof is valid for one decision and some minutes.
Vault's IAM auth method works the same way.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError
from functions.core.reviews.review import Refused

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
DECISION = "x-hookline-decision"
# The headers of the signed request that the decider sends; the review service knows the rest.
HANDED_OVER = ("authorization", "x-amz-date", "x-amz-security-token")
LONGEST = 4096

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^\s,]+/sts/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}"
)
_SIGNED = {"content-type", "host", "x-amz-date", DECISION}
_ARN = re.compile(r"<Arn>([^<]+)</Arn>")
_CODE = re.compile(r"<Code>(\w+)</Code>")

# send(prepared request) -> a response with `status_code` and `text`
Send = Callable[[Any], Any]


def statement(do: str, review: str, *, note: str = "", action: str = "", state: str = "", name: str = "") -> str:
    """The digest of a decision, which its proof must hold: what to do with which review, and what was shown."""
    return digest({"do": do, "review": review, "note": note, "action": action, "state": state, "for": name})


def endpoint(sts: Any) -> str:
    """The address of STS in the region of a boto3 client, even if the client uses the global endpoint."""
    found, region = sts.meta.endpoint_url, sts.meta.region_name
    return f"https://sts.{region}.amazonaws.com" if found == "https://sts.amazonaws.com" else found


def request(endpoint: str, decision: str) -> AWSRequest:
    """The unsigned request to STS at `endpoint` that proves `decision`, the digest of `statement`."""
    headers = {"content-type": CONTENT_TYPE, DECISION: decision}
    return AWSRequest("POST", f"{endpoint.rstrip('/')}/", data=BODY, headers=headers)


def principal(proof: Any, decision: str, endpoint: str, send: Send) -> str:
    """The ARN of the principal that signed `decision`, the digest of `statement`, from STS at `endpoint`.

    Raises Refused if the proof is invalid or of another statement; RetryableError if STS does not answer.
    """
    given = proof if isinstance(proof, Mapping) else {}
    handed = {name: given[name] for name in HANDED_OVER if given.get(name)}
    whole = all(_is_header(value) for value in handed.values())
    signature = _AUTHORIZATION.fullmatch(handed.get("authorization", "")) if whole else None
    # A header that is not signed proves nothing.
    if not signature or set(signature[1].split(";")) != _SIGNED | ({"x-amz-security-token"} & handed.keys()):
        raise Refused("the proof of who you are is malformed")
    to_sts = request(endpoint, decision)
    for name, value in handed.items():
        to_sts.headers[name] = value
    try:
        answer = send(to_sts.prepare())
    except BotoCoreError as error:
        raise RetryableError(f"STS did not answer: {error}") from None
    known = _ARN.search(answer.text)
    if answer.status_code == 200 and known:
        return known[1]
    if answer.status_code >= 500:
        raise RetryableError(f"STS answered {answer.status_code}")
    code = _CODE.search(answer.text)
    raise Refused(f"STS does not know who you are: {code[1] if code else answer.status_code}")


def _is_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= LONGEST
