"""The findings of cfn-lint, cdk-nag and checkov on the templates that are accepted, each with its reason.

A finding that is not here fails tests/infra/test_findings.py, and so does an entry that matches no finding.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, order=True)
class Finding:
    """What a tool found at a construct; `detail` tells several findings of a rule at one construct apart."""

    rule: str
    at: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule} at {self.at}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True)
class Accepted:
    """The findings of a rule at the constructs whose paths match `at`, a glob, and whose details match `detail`."""

    rule: str
    at: str
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return str(Finding(self.rule, self.at, self.detail))

    def covers(self, found: Finding) -> bool:
        """Whether this is about the finding."""
        # Details are ARNs with < and >, but hold no brackets, which a glob would read as letters.
        matches = fnmatchcase(found.at, self.at) and fnmatchcase(found.detail, self.detail)
        return found.rule == self.rule and matches


OWN_KEY = (
    "AWS encrypts it with a key of its own. A customer's key costs a dollar a month and its requests, and each role "
    "would need permissions for it; who may read the data is what IAM says here already."
)

READERS = (
    "A verifier reads the bodies of its own source, the signer of checkpoints its checkpoints, and no other identity "
    "anything. CloudTrail's data events record every access, for an account that wants to pay for them."
)

ACCEPTED = [
    # cfn-lint
    Accepted(
        "W3005",
        "*/Function/Resource",
        "CDK makes each function depend on its role. That the function also refers to it changes nothing.",
        "*Role* dependency already enforced by a 'GetAtt' at *",
    ),
    # cdk-nag, AwsSolutions
    Accepted(
        "AwsSolutions-APIG4",
        "hookline-ingress/Api/*",
        "Providers cannot sign in. Their deliveries are signed, and each source's verifier checks that.",
    ),
    Accepted(
        "AwsSolutions-APIG4",
        "hookline-reviews/Api/*--reviews--{token}/Resource",
        "The link is what lets someone in: its token is signed, for one review, and expires.",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "*/Role/DefaultPolicy/Resource",
        "A function writes to all streams of its own log group; Lambda names a stream for each environment.",
        "Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/lambda/hookline-*:*",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "hookline-ingress/Verifier-*/Role/DefaultPolicy/Resource",
        "A verifier puts bodies under the prefixes of its own source, by their digests.",
        "Resource::arn:<AWS::Partition>:s3:::hookline-bodies-<AWS::AccountId>-<AWS::Region>/*/*",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "*/Role/DefaultPolicy/Resource",
        "A recorded agent and its connectors put records under their own names, by day, tree and event.",
        "Resource::arn:<AWS::Partition>:s3:::hookline-records-<AWS::AccountId>-<AWS::Region>/*/*",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "hookline-operations/Checkpoints/Role/DefaultPolicy/Resource",
        "The signer of checkpoints is the only writer of their bucket, and its objects are numbered.",
        "Resource::arn:<AWS::Partition>:s3:::hookline-checkpoints-<AWS::AccountId>-<AWS::Region>/*",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "hookline-reviews/ReviewService/Consumer/Role/DefaultPolicy/Resource",
        "A schedule of its own group for each review, which EventBridge Scheduler names by the review.",
        "Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/hookline-reviews/*",
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "hookline-shared/Boundary/Resource",
        "The boundary of all roles grants nothing: it limits each to Hookline's own resources. The roles name theirs.",
        "Resource::arn:*",
    ),
    *(
        Accepted(
            "AwsSolutions-IAM5",
            at,
            "CloudWatch knows no resource of a read of metrics, and no condition on it. Metrics hold counts alone.",
            "Resource::[*]",
        )
        for at in ("hookline-operations/Silence/Role/DefaultPolicy/Resource", "hookline-shared/Boundary/Resource")
    ),
    Accepted(
        "AwsSolutions-IAM5",
        "hookline-connectors/Connector-bedrock/Role/DefaultPolicy/Resource",
        "The declared model in whatever region its profile sends a call to, on the condition that it comes through it.",
        "Resource::arn:<AWS::Partition>:bedrock:?::foundation-model/*",
    ),
    Accepted(
        "AwsSolutions-L1",
        "*/Function/Resource",
        "Python 3.13 is supported until 2029. A newer one needs locks, bytecode and cold starts of its own.",
    ),
    Accepted(
        "AwsSolutions-S1",
        "hookline-shared/*/Resource",
        READERS,
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "hookline-ingress/Secret-*",
        "The provider makes its signing secret: only an operator can rotate it (hookline secrets rotate).",
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "hookline-connectors/Credential-*",
        "The provider issues its credential: only an operator can rotate it (hookline secrets set).",
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "hookline-shared/GrantKey/Resource",
        "Grants are valid for four days: a new key would refuse every event that waits.",
    ),
    Accepted(
        "AwsSolutions-SMG4",
        "hookline-reviews/LinkKey/Resource",
        "A new key would refuse the links that people have in their mail.",
    ),
    Accepted(
        "AwsSolutions-SQS3",
        "hookline-operations/*/Queue/Resource",
        "They are dead-letter queues themselves, of asynchronous invocations, which the rule does not see.",
    ),
    # checkov
    Accepted(
        "CKV_AWS_115",
        "*/Function/Resource",
        "A reservation takes from what the account leaves to all other functions.",
    ),
    Accepted(
        "CKV_AWS_116",
        "*/Function/Resource",
        "Consumers have the dead-letter queue of their queue, hourly functions a failure destination; the others are "
        "invoked synchronously.",
    ),
    Accepted(
        "CKV_AWS_117",
        "*/Function/Resource",
        "In a VPC a function reaches no provider without a NAT gateway, some $33 a month each. IAM is the wall.",
    ),
    Accepted("CKV_AWS_119", "*", OWN_KEY),
    Accepted("CKV_AWS_149", "*", OWN_KEY),
    Accepted("CKV_AWS_158", "*", OWN_KEY),
    Accepted("CKV_AWS_27", "*/Queue/Resource", OWN_KEY + " The rule does not see SQS's own encryption."),
    Accepted(
        "CKV_AWS_173",
        "*/Function/Resource",
        "Environment variables hold names and numbers, no secret; Lambda encrypts them with a key of AWS.",
    ),
    Accepted(
        "CKV_AWS_18",
        "hookline-shared/*/Resource",
        READERS,
    ),
    Accepted(
        "CKV_AWS_21",
        "hookline-shared/Records/Resource",
        "A version would outlive the deletion of personal data. A record's key has an id that nobody else knows.",
    ),
    Accepted(
        "CKV_AWS_21",
        "hookline-shared/Bodies/Resource",
        "No function replaces a body by another, and bodies expire after 90 days; versions would keep them longer.",
    ),
    Accepted(
        "CKV_AWS_26",
        "hookline-*/*/Resource",
        "A topic keeps a message until it is delivered, by mail and so not encrypted. CloudWatch cannot send to one "
        "with the key that AWS manages.",
    ),
]
