"""Secrets without a format of their own: long, random values that are assigned to a name like `password`. Pure."""

import math
import re
from collections import Counter
from dataclasses import dataclass

_NAME = (
    r"(?P<name>[\w.-]*?(?:passwo?r?d|passwd|passphrase|secret|token|api[_.-]?key|apikey|access[_.-]?key|private[_.-]?key"
    r"|auth[_.-]?key|encryption[_.-]?key|credential)s?)"
)
# name = "value", "name": "value", name => 'value'
_IN_QUOTES = re.compile(
    rf"(?i)(?<![\w.-]){_NAME}[\"']?\s*(?::=|=>|[:=])\s*(?P<quote>[\"'`])(?P<secret>[^\"'`\s]{{12,200}})(?P=quote)"
)
# name=value, alone on its line: settings files
_BARE = re.compile(rf"(?i)^\s*(?:export\s+)?{_NAME}\s*[:=]\s*(?P<secret>[^\s\"'`#;,]{{12,200}})\s*$")
_SETTINGS = re.compile(r"(?:^|/)\.env(?:\.[\w.-]+)?$|\.(?:env|ini|cfg|conf|properties|toml|ya?ml|tfvars)$")
_SAMPLE = re.compile(
    r"(?:^|[/._-])(?:examples?|samples?|templates?|dist|test|tests|spec|specs|fixtures?|testdata|mocks?|docs?)(?:[/._-]|$)",
    re.IGNORECASE,
)
# Values that stand for one: documented examples, and what people write where one goes.
_PLACEHOLDER = re.compile(
    r"example|sample|placeholder|change[_-]?me|replace|your[_-]|[_-]here\b|dummy|fake|redacted|not[_-]?a|insert|todo"
    r"|xxxx|\*\*\*|\.\.\.|<[^>]*>|\$\{|\$\(|\{\{|%\(|#\{|1234567|abcdefg|abc123|password|passw0rd|secret[_-]?(?:key|value)?$"
    r"|^(?:test|demo|local|dev|foo|my)[_-]",
    re.IGNORECASE,
)
# Well-known test values of providers' documentation.
_KNOWN = frozenset({"4eC39HqLyjWDarjtT1zdp7dc", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE"})
_REFERENCE = re.compile(
    r"^(?:https?|arn|file|ssm|vault|op|s3|env|projects|secrets?manager)[:/]|^[/$%@!&]|[()\[\]]|^\w+(?:\.\w+)+$|^[A-Z][A-Z0-9_]+$"
)
# A name about a secret that holds none.
_ABOUT = re.compile(
    r"(?:name|id|ids|arn|url|uri|path|file|type|header|field|label|prefix|pattern|regex|env|count|length|limit|hash|public)$",
    re.IGNORECASE,
)
LEAST_BITS = 3.2  # of entropy a character; English words with separators have less than 3.4, random base64 over 4
LEAST_RANDOM = 12


@dataclass(frozen=True)
class Assigned:
    """A value that looks like a secret, and the name that it is assigned to."""

    name: str
    secret: str


def assigned(path: str, line: str) -> Assigned | None:
    """The secret that the line assigns; None without one, and in tests, examples and documentation."""
    if _SAMPLE.search(path) or path.endswith((".md", ".rst", ".txt", ".adoc")):
        return None
    found = _IN_QUOTES.search(line) or (_BARE.match(line) if _SETTINGS.search(path) else None)
    if found is None or _ABOUT.search(found["name"]) or not is_random(found["secret"]):
        return None
    return Assigned(found["name"], found["secret"])


def is_placeholder(value: str) -> bool:
    """Whether the value stands for a secret and is none: an example, or one letter over and over."""
    return value in _KNOWN or _PLACEHOLDER.search(value) is not None or len(set(value[-16:])) <= 4


def is_random(value: str) -> bool:
    """Whether a generator made the value: no placeholder, no reference, no words."""
    if is_placeholder(value) or _REFERENCE.search(value) or bits(value) < LEAST_BITS:
        return False
    letters = [letter for letter in value if letter.isalnum()]
    kinds = sum(any(map(test, letters)) for test in (str.isupper, str.islower, str.isdigit))
    # Words and slugs have letters of one kind and separators; a random value mixes kinds within its parts.
    mixed = [
        part for part in re.split(r"[-_./:]", value) if any(map(str.isdigit, part)) and any(map(str.isalpha, part))
    ]
    return kinds >= 2 and len(letters) >= LEAST_RANDOM and max((len(part) for part in mixed), default=0) >= LEAST_RANDOM


def bits(value: str) -> float:
    """The Shannon entropy of the value's letters, in bits a letter."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
