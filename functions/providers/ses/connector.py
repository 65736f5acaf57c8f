"""Amazon SES as a connector (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html).

SES takes no idempotency token, and no call shows whether a mail went out. So a mail whose outcome is unknown is sent
again only if a person says so.
"""

from functions.api.connector import AwsAccess, AwsRole, ConnectorManifest, Operation, Text

# What the operator binds: who sends, with which configuration set, and the contact list that people leave by its link.
SENDER = "ses:sender/{identity}/{configuration_set}/{contact_list}"
RECIPIENT = "person:email/{recipient}"
IDS = {"identity": "[^@/ ]+@[^@/ ]+", "configuration_set": "[A-Za-z0-9_-]{1,64}", "contact_list": "[A-Za-z0-9_-]{1,64}"}

IDENTITY = "arn:{partition}:ses:{region}:{account}:identity/*"
SET = "arn:{partition}:ses:{region}:{account}:configuration-set/{configuration_set}"
LIST = "arn:{partition}:ses:{region}:{account}:contact-list/{contact_list}"

MANIFEST = ConnectorManifest(
    name="ses",
    owner="growth",
    credential=AwsRole("SESV2"),
    operations=[
        Operation(
            "email.send",
            kind="effect",
            entity=SENDER,
            ids=IDS,
            also=[RECIPIENT],
            takes={
                "recipient": Text(longest=254),
                "subject": Text(longest=200),
                "text": Text(longest=50_000),
                "campaign": Text(longest=64),
                "topic": Text(longest=64),
            },
            needs=["recipient", "subject", "text"],
            sends={"hookline": "{key}"},
            idempotency="ask",
        ),
        # {"suppressed": …, "reason": …, "since": …}: on the account's list, after a bounce or a complaint.
        Operation("suppression.read", kind="read", entity=RECIPIENT),
        # {"known": …, "unsubscribed_from_all": …, "topics": …}: what the person chose in the contact list.
        Operation(
            "subscription.read",
            kind="read",
            entity=SENDER,
            ids=IDS,
            also=[RECIPIENT],
            takes={"recipient": Text(longest=254)},
            needs=["recipient"],
        ),
    ],
    aws=[
        # The address is the condition: an identity can be its whole domain, whose ARN the address does not tell.
        AwsAccess(["ses:SendEmail"], [IDENTITY, SET], when={"ses:FromAddress": "{identity}"}),
        AwsAccess(["ses:GetContact"], [LIST]),
        AwsAccess(["ses:GetSuppressedDestination"], ["*"]),  # the account's list is no resource of IAM's
    ],
)
