"""How providers write their secrets: prefixes and lengths that nothing else has. Pure.

Each is as the provider documents it, or as its keys look. Keys of a provider's test mode are no secrets here.
"""

import re
from dataclasses import dataclass

# What follows a secret: not another letter of it.
_END = r"(?![A-Za-z0-9_-])"
_START = r"(?<![A-Za-z0-9_])"


@dataclass(frozen=True)
class Format:
    """A format of secrets: its rule, how a message names it, and what it matches; the group `secret` is the value."""

    rule: str
    what: str
    pattern: re.Pattern[str]


def _format(rule: str, what: str, value: str, before: str = _START, after: str = _END) -> Format:
    return Format(rule, what, re.compile(f"{before}(?P<secret>{value}){after}"))


FORMATS = (
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    _format("aws-access-key", "an access key id of AWS", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    _format(
        "aws-secret-key",
        "a secret access key of AWS",
        r"[A-Za-z0-9+/]{40}",
        before=r"(?i:aws_?secret_?(?:access_?)?key|secret_?access_?key)[\"']?\s*[:=]>?\s*[\"']?",
        after=r"(?![A-Za-z0-9+/=])",
    ),
    # https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    _format("github-token", "a token of GitHub", r"gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{60,}"),
    _format("gitlab-token", "a token of GitLab", r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}"),
    # https://docs.stripe.com/keys; keys of the test mode begin with sk_test_, publishable ones with pk_.
    _format("stripe-key", "a live key of Stripe", r"[sr]k_live_[A-Za-z0-9]{20,}"),
    # https://www.standardwebhooks.com, and Stripe's signing secrets
    _format("webhook-secret", "the signing secret of a webhook", r"whsec_[A-Za-z0-9+/]{24,}=*", after=""),
    # https://docs.slack.dev/authentication/tokens
    _format(
        "slack-token",
        "a token of Slack",
        r"xox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{16,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{32,}",
    ),
    _format(
        "slack-webhook",
        "a webhook address of Slack, which anybody can post to",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[TE][A-Z0-9]{6,}/[A-Za-z0-9]{6,}/[A-Za-z0-9]{20,}",
    ),
    _format(
        "discord-webhook",
        "a webhook address of Discord, which anybody can post to",
        r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[A-Za-z0-9_-]{60,}",
    ),
    # https://cloud.google.com/docs/authentication/api-keys
    _format("google-key", "an API key of Google", r"AIza[A-Za-z0-9_-]{35}"),
    _format("google-client-secret", "a client secret of Google", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _format("anthropic-key", "a key of Anthropic", r"sk-ant-(?:api|admin)\d{2}-[A-Za-z0-9_-]{80,}"),
    _format(
        "openai-key",
        "a key of OpenAI",
        r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
    ),
    _format("npm-token", "a token of npm", r"npm_[A-Za-z0-9]{36}"),
    _format("pypi-token", "a token of PyPI", r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    # https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
    _format("sendgrid-key", "a key of SendGrid", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    # https://core.telegram.org/bots/api#authorizing-your-bot
    _format("telegram-token", "a token of a Telegram bot", r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}"),
    _format("shopify-token", "a token of Shopify", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _format("digitalocean-token", "a token of DigitalOcean", r"do[opr]_v1_[a-f0-9]{64}"),
    _format("huggingface-token", "a token of Hugging Face", r"hf_[A-Za-z]{34}"),
    _format("linear-key", "a key of Linear", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    _format("azure-storage-key", "a key of Azure Storage", r"[A-Za-z0-9+/]{86}==", before=r"AccountKey=", after=""),
    _format(
        "database-password",
        "the password of a database",
        r"[^\s:@/'\"<>{}$()%]{6,}",
        before=r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql)(?:\+\w+)?://[^\s:@/'\"<>]*:",
        after=r"@(?!localhost|127\.|host\b|example|\[::1\])[A-Za-z0-9.-]+",
    ),
)
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
