"""Signatures of providers that publish none over a given body, computed with openssl and not with this project.

`printf '%s' "$signed" | openssl dgst -sha256 -hmac "$secret"`, with `-binary | openssl base64 -A` for base64.
"""

from tests.unit.ingress.signatures.vectors.vector import EVENT, Vector

COMPUTED = [
    Vector(
        "stripe",
        {"Stripe-Signature": "t=1700000000,v1=60432eca2cca8406c48b4abe4a769ee3342b7c6a7cbcdf2d3d590c590b3ec8f5"},
        EVENT,
        ("whsec_hookline_test",),
        1700000000,
    ),
    # The secret is the one that developer.zendesk.com, "Verifying webhooks", gives for every test delivery.
    Vector(
        "zendesk",
        {
            "X-Zendesk-Webhook-Signature": "/CE7bNLGB1WRWyTOSso1mH/pB1gZmE5+E92aqeZv2Fg=",
            "X-Zendesk-Webhook-Signature-Timestamp": "2021-03-25T05:09:27Z",
        },
        EVENT,
        ("dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",),
        1616648967,
    ),
    # With -sha1 for -sha256.
    Vector(
        "intercom",
        {"X-Hub-Signature": "sha1=81d63053ae1f851aa0c5af85bca733a6b173e3c1"},
        EVENT,
        ("client-secret",),
    ),
    Vector(
        "typeform",
        {"Typeform-Signature": "sha256=uPMutGmZjsut7Xn35HN4Oa043uLcGFuZatxZ/nVbBT4="},
        EVENT,
        ("form-secret",),
    ),
    Vector(
        "shopify",
        {"X-Shopify-Hmac-Sha256": "LZSK4mY3JP3cQCtT/HaJsyQAXdrB+hYkuyrb/qjz+1A="},
        EVENT,
        ("app-secret",),
    ),
    Vector(
        "linear",
        {"Linear-Signature": "0e7eb538ce08f2d147d43dcc1a8d5fef4d5dd6effe602c4c11c3d2456d92c6be"},
        b'{"action":"create","webhookTimestamp":1700000000000}',
        ("lin_wh_secret",),
        1700000000,
    ),
    Vector(
        "calendly",
        {
            "Calendly-Webhook-Signature": "t=1700000000,"
            "v1=da0c4ecd2da17ab325edd8cc5a4e86d589979f2accbc9d7baf051a9b8b215061"
        },
        EVENT,
        ("calendly-key",),
        1700000000,
    ),
    # The token is the example of GitLab's merge request 231325; openssl had its bytes by `-macopt hexkey:`.
    Vector(
        "gitlab",
        {
            "webhook-id": "f5e5f430",
            "webhook-timestamp": "1700000000",
            "webhook-signature": "v1,qu9lQOdDqFcTD6zZTRymCJSlG/Pq7IW4LPD9Ne5BQqQ=",
        },
        EVENT,
        ("whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=",),
        1700000000,
    ),
    Vector(
        "sentry",
        {"Sentry-Hook-Signature": "753499b793d3611708fc5b9f38179b583b234d61806d60aa9246216150053f30"},
        EVENT,
        ("client-secret",),
    ),
    Vector(
        "meta",
        {"X-Hub-Signature-256": "sha256=2d948ae2663724fddc402b53fc7689b324005ddac1fa1624bb2adbfea8f3fb50"},
        EVENT,
        ("app-secret",),
    ),
    Vector(
        "zoom",
        {
            "x-zm-signature": "v0=477d85612d8b163ef90ddc0245b9a97520d48d7a600f13c9e70e9a820c74bc06",
            "x-zm-request-timestamp": "1700000000",
        },
        EVENT,
        ("zoom-token",),
        1700000000,
    ),
    Vector(
        "mailgun",
        {},
        b'{"signature":{"timestamp":"1700000000","token":"ae93ffb7",'
        b'"signature":"2948744ad3ac9b60b9abb866072cf1964da6137a028c5170ac4bb84e6fc5fe94"},"event-data":{}}',
        ("key-mailgun",),
        1700000000,
        repeatable=False,
    ),
    # Nothing is computed here: the two compare a value.
    Vector("gitlab", {"X-Gitlab-Token": "a-secret-token"}, EVENT, ("a-secret-token",)),
    Vector(
        "microsoft_graph",
        {},
        b'{"value":[{"clientState":"a-secret-state"},{"clientState":"a-secret-state"}]}',
        ("a-secret-state",),
        repeatable=False,
    ),
]
