"""The single requests that Typeform's listing is made of."""

from functions.api.connector import Number, Request

# https://www.typeform.com/developers/create/reference/retrieve-forms/. The oldest first: a new form is the last one.
FORMS = Request(
    "forms.read",
    path="/forms",
    takes={"page": Number(lowest=1)},
    sends={"page_size": 200, "sort_by": "created_at", "order_by": "asc"},
    keeps=["page_count", "items.id"],
)
# https://www.typeform.com/developers/create/reference/retrieve-form/
FORM = Request(
    "form.read",
    path="/forms/{form}",
    keeps=["id", "title", *(f"fields.{name}" for name in ("id", "ref", "type", "title", "properties.fields"))],
)
# https://www.typeform.com/developers/webhooks/reference/retrieve-webhooks/
WEBHOOKS = Request("webhooks.read", path="/forms/{form}/webhooks", keeps=["items.url", "items.created_at"])
# https://www.typeform.com/developers/responses/reference/retrieve-responses/: the newest first, both ends inclusive.
RESPONSES = Request(
    "responses.read",
    path="/forms/{form}/responses",
    takes={"since": Number(lowest=0), "until": Number(lowest=0), "page_size": Number(lowest=1, highest=1000)},
    sends={"sort": "submitted_at,desc"},
)
