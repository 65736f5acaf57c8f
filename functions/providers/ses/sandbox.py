"""Amazon SES's sandbox: SendEmail, the account's suppression list and a contact list, in memory.

It follows https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, …API_GetSuppressedDestination.html
and …API_GetContact.html. No mail leaves it.

Control requests:

    POST suppressed   {"email", "reason": "BOUNCE" | "COMPLAINT"}: an address is put on the account's list
    POST left         {"email"}: a person leaves the contact list by the link in a mail
    POST settings     {"refuses": "SendingPausedException"}: SendEmail answers with that error; "" for none
"""

from collections.abc import Mapping
from typing import Any

from functions.api.sandbox import ApiError, Provider, Request, Response, no_more, one_of, take

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


class Ses(Provider):
    """Responds as SES does. It accepts any credentials of AWS: whose they are, only AWS can say."""

    name = "ses"
    credential = ""
    destinations = (f"ses:sender/{SENDER}/{SET}/{LIST}", "person:email/ada@example.com")

    def clear(self) -> None:
        self.mails: list[dict[str, Any]] = []
        self.suppressed: dict[str, str] = {}
        self.left: set[str] = set()
        self.refuses = ""

    def state(self) -> dict[str, Any]:
        return {"mails": self.mails, "suppressed": self.suppressed, "left": sorted(self.left)}

    def failed(self, status: int) -> Response:
        return _error(status, ERRORS.get(status, "InternalFailure"))

    def refusal(self, request: Request) -> Response | None:
        signed = request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
        return None if signed else self.failed(403)

    def _suppress(self, given: dict[str, Any]) -> Any:
        email, reason = take(given, "email", str, "").lower(), one_of(given.pop("reason", "BOUNCE"), REASONS, "reason")
        no_more(given)
        self.suppressed[email] = reason
        return self.state()

    def _leave(self, given: dict[str, Any]) -> Any:
        email = take(given, "email", str, "").lower()
        no_more(given)
        self.left.add(email)
        return self.state()

    def _set(self, given: dict[str, Any]) -> Any:
        refuses = one_of(given.pop("refuses", ""), list(REFUSALS), "refuses")
        no_more(given)
        self.refuses = refuses
        return self.state()

    def _send(self, request: Request) -> Any:
        if self.refuses:
            raise ApiError(_error(REFUSALS[self.refuses], self.refuses))
        given = request.json
        try:
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
            raise ApiError(self.failed(400)) from None
        if (mail["from"], given.get("ConfigurationSetName"), mail["list"]) != (SENDER, SET, LIST):
            raise ApiError(self.failed(404))
        # SES takes a mail to a suppressed address or to one that left the list, and does not deliver it.
        mail["delivered"] = to.lower() not in self.suppressed and to.lower() not in self.left
        mail["id"] = f"0100-sandbox-{len(self.mails) + 1:06}"
        self.mails.append(mail)
        self.effects.append({"kind": "email.send", **mail})
        return {"MessageId": mail["id"]}

    def _suppression(self, request: Request, address: str) -> Any:
        email = address.lower()
        if email not in self.suppressed:
            raise ApiError(self.failed(404))
        listed = {"EmailAddress": email, "Reason": self.suppressed[email], "LastUpdateTime": self.now()}
        return {"SuppressedDestination": listed}

    def _contact(self, request: Request, listed: str, address: str) -> Any:
        email = address.lower()
        if listed != LIST or email not in self.left:
            raise ApiError(self.failed(404))
        return {"ContactListName": LIST, "EmailAddress": email, "UnsubscribeAll": True}

    routes = (
        ("POST", r"/v2/email/outbound-emails", _send),
        ("GET", r"/v2/email/suppression/addresses/([^/]+)", _suppression),
        ("GET", r"/v2/email/contact-lists/([^/]+)/contacts/([^/]+)", _contact),
    )
    controls = (("POST", "suppressed", _suppress), ("POST", "left", _leave), ("POST", "settings", _set))


def _error(status: int, word: str) -> Response:
    return Response.json(status, {"message": f"the sandbox: {word}"}, {"x-amzn-ErrorType": word})


SANDBOX = Ses
