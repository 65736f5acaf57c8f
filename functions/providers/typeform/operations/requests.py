"""The single requests that Typeform's listing is made of."""

from functions.api.connector import Number, Operation

_FORM = "typeform:form/{form}"
# https://www.typeform.com/developers/create/reference/retrieve-forms/. The oldest first: a new form is the last one.
FORMS = Operation(
    "forms.read",
    kind="read",
    entity="typeform:account/{own}",
    method="GET",
    path="/{own}",
    takes={"page": Number(lowest=1)},
    sends={"page_size": 200, "sort_by": "created_at", "order_by": "asc"},
    keeps=["page_count", "items.id"],
)
# https://www.typeform.com/developers/create/reference/retrieve-form/
FORM = Operation(
    "form.read",
    kind="read",
    entity=_FORM,
    method="GET",
    path="/forms/{form}",
    keeps=["id", "title", *(f"fields.{name}" for name in ("id", "ref", "type", "title", "properties.fields"))],
)
# https://www.typeform.com/developers/webhooks/reference/retrieve-webhooks/
WEBHOOKS = Operation(
    "webhooks.read",
    kind="read",
    entity=_FORM,
    method="GET",
    path="/forms/{form}/webhooks",
    keeps=["items.url", "items.created_at"],
)
# https://www.typeform.com/developers/responses/reference/retrieve-responses/: the newest first, both ends inclusive.
RESPONSES = Operation(
    "responses.read",
    kind="read",
    entity=_FORM,
    method="GET",
    path="/forms/{form}/responses",
    takes={"since": Number(lowest=0), "until": Number(lowest=0), "page_size": Number(lowest=1, highest=1000)},
    sends={"sort": "submitted_at,desc"},
)
