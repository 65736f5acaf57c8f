"""Amazon SES's sandbox: SendEmail, the account's suppression list and a contact list, in memory.

It follows https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, …API_GetSuppressedDestination.html
and …API_GetContact.html. No mail leaves it.

Control requests:

    POST suppressed   {"email", "reason": "BOUNCE" | "COMPLAINT"}: an address is put on the account's list
    POST left         {"email"}: a person leaves the contact list by the link in a mail
    POST settings     {"refuses": "SendingPausedException"}: SendEmail answers with that error; "" for none
    GET state, DELETE state
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from functions.api.sandbox import (
    BadControl,
    Hook,
    Request,
    Response,
    json_object,
    no_such_control,
    one_of,
    parse_json,
    proceed,
    take,
)

SENDER, SET, LIST = "sales@example.com", "hookline", "leads"  # the identity and what belongs to it
REASONS = ("BOUNCE", "COMPLAINT")
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
REFUSALS: Mapping[str, int] = {
    "": 0,
    "AccountSuspendedException": 400,
    "LimitExceededException": 400,
    "MailFromDomainNotVerifiedException": 400,
    "MessageRejected": 400,
    "SendingPausedException": 400,
}
ERRORS: Mapping[int, str] = {
    400: "BadRequestException",
    403: "AccessDeniedException",
    404: "NotFoundException",
    429: "TooManyRequestsException",
    500: "InternalFailure",
    503: "ServiceUnavailable",
}
_SEND = "/v2/email/outbound-emails"
_SUPPRESSED = re.compile(r"/v2/email/suppression/addresses/([^/]+)")
_CONTACT = re.compile(r"/v2/email/contact-lists/([^/]+)/contacts/([^/]+)")


class Ses:
    """Responds as SES does. It accepts any credentials of AWS: whose they are, only AWS can say.

    It may be used from several threads.
    """

    name = "ses"
    credential = ""
    destinations = (f"ses:sender/{SENDER}/{SET}/{LIST}", "person:email/ada@example.com")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._clear()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._signed(request) or acting() or self._respond(request)
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._lock:
                self._calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of SES when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return _error(status, ERRORS.get(status, "InternalFailure"), headers)

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request, see above. Raises BadControl."""
        with self._lock:
            if (method, path) == ("GET", "state"):
                return Response.json(200, self._state())
            if (method, path) == ("DELETE", "state"):
                self._clear()
                return Response.json(200, {"emptied": True})
            if method != "POST" or path not in ("suppressed", "left", "settings"):
                return no_such_control()
            given = json_object(parse_json(body), "the body")
            if path == "settings":
                self._refuses = one_of(given.pop("refuses", ""), list(REFUSALS), "refuses")
            else:
                email = take(given, "email", str, "").lower()
                if path == "suppressed":
                    self._suppressed[email] = one_of(given.pop("reason", "BOUNCE"), REASONS, "reason")
                else:
                    self._left.add(email)
            if given:
                raise BadControl(f"unknown field {next(iter(given))!r}")
            return Response.json(200, self._state())

    def _clear(self) -> None:
        self._mails: list[dict[str, Any]] = []
        self._calls: list[dict[str, Any]] = []
        self._suppressed: dict[str, str] = {}
        self._left: set[str] = set()
        self._refuses = ""

    def _state(self) -> dict[str, Any]:
        effects = [{"kind": "email.send", **mail} for mail in self._mails]
        lists = {"suppressed": self._suppressed, "left": sorted(self._left)}
        return {"effects": effects, "mails": self._mails, "calls": self._calls, **lists}

    def _signed(self, request: Request) -> Response | None:
        signed = request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
        return None if signed else self.failure(403)

    def _respond(self, request: Request) -> Response:
        with self._lock:
            if (request.method, request.path) == ("POST", _SEND):
                return self._send(request)
            if request.method == "GET" and (found := _SUPPRESSED.fullmatch(request.path)):
                return self._suppression(unquote(found[1]).lower())
            if request.method == "GET" and (found := _CONTACT.fullmatch(request.path)):
                return self._contact(unquote(found[1]), unquote(found[2]).lower())
        return self.failure(404)

    def _send(self, request: Request) -> Response:
        if self._refuses:
            return _error(REFUSALS[self._refuses], self._refuses)
        try:
            given = json.loads(request.body)
            (to,) = given["Destination"]["ToAddresses"]
            simple = given["Content"]["Simple"]
            mail = {
                "to": to,
                "from": given["FromEmailAddress"],
                "subject": simple["Subject"]["Data"],
                "text": simple["Body"]["Text"]["Data"],
                "tags": {tag["Name"]: tag["Value"] for tag in given.get("EmailTags", [])},
                "list": given["ListManagementOptions"]["ContactListName"],
            }
        except (ValueError, KeyError, TypeError):
            return self.failure(400)
        if (mail["from"], given.get("ConfigurationSetName"), mail["list"]) != (SENDER, SET, LIST):
            return self.failure(404)
        # SES takes a mail to a suppressed address or to one that left the list, and does not deliver it.
        mail["delivered"] = to.lower() not in self._suppressed and to.lower() not in self._left
        mail["id"] = f"0100-sandbox-{len(self._mails) + 1:06}"
        self._mails.append(mail)
        return Response.json(200, {"MessageId": mail["id"]})

    def _suppression(self, email: str) -> Response:
        if email not in self._suppressed:
            return self.failure(404)
        listed = {"EmailAddress": email, "Reason": self._suppressed[email], "LastUpdateTime": self._now()}
        return Response.json(200, {"SuppressedDestination": listed})

    def _contact(self, listed: str, email: str) -> Response:
        if listed != LIST or email not in self._left:
            return self.failure(404)
        return Response.json(200, {"ContactListName": LIST, "EmailAddress": email, "UnsubscribeAll": True})


def _error(status: int, word: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response.json(status, {"message": f"the sandbox: {word}"}, {"x-amzn-ErrorType": word, **(headers or {})})


SANDBOX = Ses
