"""Typeform as a connector: what was submitted, for the reconcile service (https://www.typeform.com/developers/).

No agent acts on Typeform. The hosts of accounts in the EU data center differ, and are not covered.
"""

from functions.api.connector import Bearer, ConnectorManifest, Listing, Number, Text

MANIFEST = ConnectorManifest(
    name="typeform",
    owner="growth",
    hosts=["api.typeform.com"],
    base="https://api.typeform.com/",
    credential=Bearer(),
    operations=[],
    listings=[
        # One page of the responses of one form, with the form's questions: see operations/responses.py. `after` is the
        # cursor that the page before returned.
        Listing(
            "response.list",
            path="/forms",
            takes={
                "since": Number(lowest=0),
                "until": Number(lowest=0),
                "after": Text(longest=200),
            },
            needs=["since", "until"],
        ),
    ],
)
