"""Amazon Bedrock as a connector: the Converse API of the models that deployed agents declare.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from functions.api.connector import AwsAccess, AwsRole, ConnectorManifest, Json, Models, Operation, Price

INVOKE, COUNT = ["bedrock:InvokeModel"], ["bedrock:CountTokens"]
BASE = "(?P<base>[a-z0-9]+[.][A-Za-z0-9.:-]+)"
# The geographies of cross-region inference:
# https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
GEO = "(?P<geo>us-gov|us|eu|apac|jp|au|ca|global)"
PROFILE = "arn:{partition}:bedrock:{region}:{account}:inference-profile/{geo}.{base}"
MODEL = "arn:{partition}:bedrock:{region}::foundation-model/{base}"
# A profile sends a call to its model in any of its regions, and a global one to an ARN without a region. The role may
# call the model there through this profile only.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
ANYWHERE = "arn:{partition}:bedrock:*::foundation-model/{base}"
THROUGH = "bedrock:InferenceProfileArn"

PRICES = "https://aws.amazon.com/bedrock/pricing/"
CHECKED = "2026-11-28"  # as genai-prices 0.2.3 has them, which a test compares
GLOBAL = ("global",)
GEOGRAPHIC = ("us", "eu", "apac", "jp", "au")


def _claude(name: str, geographies: tuple[str, ...]) -> list[str]:
    return [f"{geo}.anthropic.claude-{name}" for geo in geographies]


# Those of us-east-1. Other regions can have other prices for models without a profile: the settings replace them.
OWN_PRICES = [
    Price(
        ["amazon.nova-micro-v1:0", "us.amazon.nova-micro-v1:0"],
        input="0.035",
        output="0.14",
        cache_read="0.00875",
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        ["amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"],
        input="0.06",
        output="0.24",
        cache_read="0.015",
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        ["amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"],
        input="0.80",
        output="3.20",
        cache_read="0.20",
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        _claude("haiku-4-5-20251001-v1:0", GLOBAL),
        input="1",
        output="5",
        cache_read="0.10",
        cache_write="1.25",
        cache_write_long="2",
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        _claude("haiku-4-5-20251001-v1:0", GEOGRAPHIC),
        input="1.10",
        output="5.50",
        cache_read="0.11",
        cache_write="1.375",
        cache_write_long="2.20",
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        _claude("sonnet-4-5-20250929-v1:0", GLOBAL),
        input="3",
        output="15",
        cache_read="0.30",
        cache_write="3.75",
        cache_write_long="6",
        most_input=200_000,  # a longer prompt costs more
        checked=CHECKED,
        source=PRICES,
    ),
    Price(
        _claude("sonnet-4-5-20250929-v1:0", GEOGRAPHIC),
        input="3.30",
        output="16.50",
        cache_read="0.33",
        cache_write="4.125",
        cache_write_long="6.60",
        most_input=200_000,
        checked=CHECKED,
        source=PRICES,
    ),
]

MANIFEST = ConnectorManifest(
    name="bedrock",
    owner="platform",
    credential=AwsRole("BEDROCK_RUNTIME"),
    seconds=120,
    operations=[
        # The request of Converse. Left out is what costs more than the tokens of its model (service tiers, latency
        # options, guardrails), and stored prompts, whose size nobody here knows.
        Operation(
            "converse",
            kind="read",
            entity="bedrock:model/{modelId}",
            takes={
                "messages": Json(4_000_000),
                "system": Json(500_000),
                "inferenceConfig": Json(20_000),
                "toolConfig": Json(500_000),
                "outputConfig": Json(200_000),
                "additionalModelRequestFields": Json(100_000),
                "additionalModelResponseFieldPaths": Json(10_000),
                "requestMetadata": Json(10_000),
            },
            needs=["messages", "inferenceConfig"],
            metered=True,
            model="modelId",
        ),
    ],
    models=[
        Models(
            "the id of an inference profile",
            rf"{GEO}[.]{BASE}",
            [
                AwsAccess(INVOKE, [PROFILE]),
                AwsAccess(INVOKE, [ANYWHERE], when={THROUGH: PROFILE}),
                AwsAccess(COUNT, [MODEL]),
            ],
        ),
        Models("the id of a model", BASE, [AwsAccess(INVOKE, [MODEL]), AwsAccess(COUNT, [MODEL])]),
        Models(
            "the ARN of an inference profile of AWS",
            rf"(?P<arn>arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{{12}}:inference-profile/{GEO}[.]{BASE})",
            [
                AwsAccess(INVOKE, ["{arn}"]),
                AwsAccess(INVOKE, [ANYWHERE], when={THROUGH: "{arn}"}),
                AwsAccess(COUNT, [MODEL]),
            ],
        ),
        Models(  # its ARN does not say which model it is of
            "the ARN of an application inference profile",
            r"(?P<arn>arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:application-inference-profile/[a-z0-9]+)",
            [
                AwsAccess(INVOKE, ["{arn}"]),
                AwsAccess(INVOKE, ["arn:{partition}:bedrock:*::foundation-model/*"], when={THROUGH: "{arn}"}),
            ],
        ),
    ],
    prices=OWN_PRICES,
)
