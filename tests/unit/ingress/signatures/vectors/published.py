"""Signatures that providers publish in their documentation, or in the tests of their libraries."""

from tests.unit.ingress.signatures.vectors.vector import EVENT, Vector

STANDARD_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
STANDARD = {"webhook-id": STANDARD_ID, "webhook-timestamp": "1614265330"}
TWILIO = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_FORM = b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
RAZORPAY = b"""{
  "event": "payment.authorized",
  "entity": "event",
  "contains": [
    "payment"
  ],
  "payload": {
    "payment": {
      "entity": {
        "id": "pay_6koWN7bvxujzxM",
        "entity": "payment",
        "amount": 1000000,
        "currency": "INR",
        "status": "captured",
        "order_id": "order_100000000order",
        "international": false,
        "method": "card",
        "amount_refunded": 0,
        "refund_status": null,
        "captured": true,
        "description": "random description",
        "card_id": "card_6koWNAT6LASUqy",
        "bank": null,
        "wallet": null,
        "vpa": null,
        "email": "a@b.com",
        "contact": "+919999999999",
        "notes": {
          "merchant_order_id": "random order id"
        },
        "fee": 23000,
        "service_tax": 3000,
        "error_code": null,
        "error_description": null,
        "created_at": 1479978483
      }
    }
  },
  "created_at": 1400826760
}
"""
PAGERDUTY = (
    b'{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_updated","resource_type":"incident",'
    b'"occurred_at":"2021-04-26T17:36:27.458Z","agent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV",'
    b'"id":"PLH1HKV","self":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer",'
    b'"type":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident",'
    b'"self":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pagerduty.com/incidents/PGR0VU2",'
    b'"number":2,"status":"triggered","title":"A little bump in the road",'
    b'"service":{"html_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH",'
    b'"self":"https://api.pagerduty.com/services/PF9KMXH","summary":"API Service","type":"service_reference"},'
    b'"assignees":[{"html_url":"https://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G",'
    b'"self":"https://api.pagerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],'
    b'"escalation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PUS0KTE","id":"PUS0KTE",'
    b'"self":"https://api.pagerduty.com/escalation_policies/PUS0KTE","summary":"Default",'
    b'"type":"escalation_policy_reference"},"teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0",'
    b'"id":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering",'
    b'"type":"team_reference"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_priorities",'
    b'"id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM","summary":"P1",'
    b'"type":"priority_reference"},"urgency":"high","conference_bridge":{"conference_number":1000,'
    b'"conference_url":"https://example.com"},"resolve_reason":null}}}'
)
PUBLISHED = [
    # docs.github.com, "Validating webhook deliveries", "Testing the webhook payload validation".
    Vector(
        "github",
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        ("It's a Secret to Everybody",),
    ),
    # developer.atlassian.com, Jira Cloud platform, "Webhooks", "Secure admin webhooks".
    Vector(
        "jira",
        {"X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"},
        b"Hello World!",
        ("It's a Secret to Everybody",),
    ),
    # docs.slack.dev, "Verifying requests from Slack"; python-slack-sdk's test_signature_verifier.py has the same.
    Vector(
        "slack",
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        ("8f742231b10e8888abcd99yyyzzz85a5",),
        1531420618,
    ),
    # standard-webhooks, libraries/python/tests/test_webhooks.py, test_sign_function.
    Vector(
        "standard_webhooks",
        {**STANDARD, "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        b'{"test": 2432232314}',
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        1614265330,
    ),
    # standard-webhooks, libraries/go/webhook_asymmetric_test.go, TestAsymmetricWebhookSign, which gives the private
    # key; its public key was derived with `openssl pkey -pubout`.
    Vector(
        "standard_webhooks",
        {
            **STANDARD,
            "webhook-signature": "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0"
            "mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
        },
        b'{"test": 2432232314}',
        ("whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=",),
        1614265330,
        signing_secret="VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
    ),
    # openai-python, tests/lib/test_webhooks.py.
    Vector(
        "openai",
        {
            "webhook-id": "wh_685c059ae39c8190af8c71ed1022a24d",
            "webhook-timestamp": "1750861210",
            "webhook-signature": "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=",
        },
        b'{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, '
        b'"type": "response.completed", "data": {"id": "resp_123"}}',
        ("whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=",),
        1750861210,
    ),
    # anthropic-sdk-python hands its webhooks to the Standard Webhooks library: that library's vector again.
    Vector(
        "anthropic",
        {**STANDARD, "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        b'{"test": 2432232314}',
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        1614265330,
    ),
    # hubspot-api-python, tests/spec/utils/test_signature.py, test_get_signature__v3.
    Vector(
        "hubspot",
        {
            "X-HubSpot-Signature-v3": "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=",
            "X-HubSpot-Request-Timestamp": "15000000",
        },
        b"{'example_field':'example_value'}",
        ("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",),
        15000,
        "https://www.example.com/webhook_uri",
    ),
    # square-python-sdk, tests/integration/test_webhooks_helper.py, test_signature_validation_pass and …_escaped_pass.
    Vector(
        "square",
        {"x-square-hmacsha256-signature": "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="},
        b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification",'
        b'"event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z",'
        b'"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
        ("Ibxx_5AKakO-3qeNVR61Dw",),
        url="https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
    ),
    Vector(
        "square",
        {"x-square-hmacsha256-signature": "Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U="},
        b'{"data":{"type":"webhooks","id":">id<"}}',
        ("signature-key",),
        url="https://webhook.site/webhooks",
    ),
    # paddle-python-sdk, tests/Unit/Notification/test_Verifier.py: of two signatures and three secrets, one pair fits.
    Vector(
        "paddle",
        {
            "Paddle-Signature": "ts=1696195954;h1=dummy;"
            "h1=d96299976a6eb066f484d7fde011ac56fc32b38fc9940bc419d6e537fdc6ef02"
        },
        b"hello-world",
        (
            "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_TjIG2BXbm83HPXqNfziwe506sBEdqL/4",
            "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_vB/yIOnTOCWIvpBadM5jzBZPHc7OmdSo",
            "pdl_ntf_01hbpjmytsa32fhr36nqgc3kgb_WvRO0eL4Bj9rgYYIBZY6wZhG4EHy9jzh",
        ),
        1696195954,
        repeatable=False,
    ),
    # go-pagerduty, webhookv3/webhookv3_test.go, "valid".
    Vector(
        "pagerduty",
        {"X-PagerDuty-Signature": "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd"},
        PAGERDUTY,
        ("lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK",),
    ),
    # razorpay-python, tests/test_client_utility.py, test_verify_webhook_signature, with the file it reads.
    Vector(
        "razorpay",
        {"X-Razorpay-Signature": "d60e67fd884556c045e9be7dad57903e33efc7172c17c6e3ef77db42d2b366e9"},
        RAZORPAY,
        ("key_secret",),
    ),
    # twilio-python, tests/unit/test_request_validator.py: plain, …_duplicate_query_dict, …_of_body_succeeds, and the
    # four that add or remove the port.
    Vector("twilio", {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, TWILIO_FORM, ("12345",), url=TWILIO),
    Vector(
        "twilio",
        {"X-Twilio-Signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
        b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234",
        ("12345",),
        url=TWILIO,
    ),
    Vector(
        "twilio",
        {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
        b'{"property": "value", "boolean": true}',
        ("12345",),
        url=f"{TWILIO}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
    ),
    *(
        Vector("twilio", {"X-Twilio-Signature": signature}, TWILIO_FORM, ("12345",), url=url, repeatable=False)
        for url, signature in (
            (TWILIO.replace(".com", ".com:1234"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (TWILIO.replace(".com", ".com:1234").replace("https", "http"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            (TWILIO, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (TWILIO.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        )
    ),
    # sendgrid-python, test/unit/test_eventwebhook.py; ECDSA signatures differ each time.
    Vector(
        "sendgrid",
        {
            "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM"
            "+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
            "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
        },
        b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
        b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
        b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
        b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
        (
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVp"
            "iglSI8eNEc6wEA3F+g==",
        ),
        1600112502,
        repeatable=False,
    ),
    # RFC 7617, section 2, the HTTP Basic example; Chargebee and Pipedrive send no signature of their own.
    *(
        Vector(
            source,
            {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
            EVENT,
            ("Aladdin:open sesame",),
        )
        for source in ("chargebee", "pipedrive")
    ),
]
