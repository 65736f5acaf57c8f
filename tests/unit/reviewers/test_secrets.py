"""The secrets reviewer: formats, random values, and what only looks like a secret. All values are made up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.agents.secrets_reviewer.formats import FORMATS
from functions.agents.secrets_reviewer.review import secrets
from functions.api.changes import plain
from tests.unit.changes.made import change, rules

STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=40)
RANDOM = "k9Lm2Nq8Rs4Tv7Wx1Yz3Bc6Df5Gh0JpQaUeIoKp7vQ2xRz9LmT4wYb8NcHs3DfJg6Ua1EoPrStUvWxYz0A1b2C3d4E5f6G7h8I9j0K"
LETTERS = "kLmNqRsTvWxYzBcDfGhJpQaUeIoKpvQxRzLm"
DIGITS = "7104839265718293"
HEX = "9e107d9d372bb6826bd81d3542a419d6f3b9c1d7e5a2846097bd1ce35af8642d"


# In parts, so that no scanner takes this file for a leak.
EXAMPLES = {
    "aws-access-key": "AK" + "IAQ3EGXZ7RPLWM5TNU",
    "aws-secret-key": "aws_secret_access_key=" + RANDOM[:40],
    "github-token": "gh" + "p_" + RANDOM[:36],
    "gitlab-token": "gl" + "pat-" + RANDOM[:20],
    "stripe-key": "sk_" + "live_" + RANDOM[:24],
    "webhook-secret": "wh" + "sec_" + RANDOM[:32],
    "slack-token": "xo" + f"xb-{DIGITS[:12]}-{DIGITS[:12]}-{RANDOM[:24]}",
    "slack-webhook": "https://hooks.slack" + f".com/services/T02AB3CD4/B05EF6GH7/{RANDOM[:24]}",
    "discord-webhook": "https://discord" + f".com/api/webhooks/918273645546372819/{RANDOM[:68]}",
    "google-key": "AI" + "za" + RANDOM[:35],
    "google-client-secret": "GO" + "CSPX-" + RANDOM[:28],
    "anthropic-key": "sk-" + "ant-api03-" + RANDOM[:95],
    "openai-key": "sk-" + "proj-" + RANDOM[:48],
    "npm-token": "np" + "m_" + RANDOM[:36],
    "pypi-token": "py" + "pi-AgE" + RANDOM[:60],
    "sendgrid-key": "S" + f"G.{RANDOM[:22]}.{RANDOM[:43]}",
    "telegram-token": f"{DIGITS[:10]}:A" + "A" + RANDOM[:33],
    "shopify-token": "shp" + "at_" + HEX[:32],
    "digitalocean-token": "do" + "p_v1_" + HEX,
    "huggingface-token": "h" + "f_" + LETTERS[:34],
    "linear-key": "lin_" + "api_" + RANDOM[:40],
    "azure-storage-key": "AccountKey=" + RANDOM[:86] + "==",
    "database-password": "postgres://app:" + RANDOM[:12] + "@db.acme.io/app",
}


def found(path, old, *lines):
    return rules(secrets(change((path, old, "".join(f"{line}\n" for line in lines)))))


def test_each_format_has_an_example():
    assert EXAMPLES.keys() == {one.rule for one in FORMATS}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_secret_is_known_by_its_format(rule):
    """Wherever it stands in a line, and whatever quotes it."""
    value = EXAMPLES[rule]
    assert found("a.py", None, "x = 1", f'call("{value}", 1)') == [(2, rule)]
    assert found("a.txt", None, value) == [(1, rule)]


@pytest.mark.parametrize("rule", sorted(EXAMPLES))
def test_a_value_that_stands_for_one_is_none(rule):
    """Documented examples, placeholders, and a format with one letter over and over."""
    for letters in ("EXAMPLE", "x" * 8):
        value = EXAMPLES[rule]
        held = value[: len(value) - 12] + (letters * 3)[:12]
        if rule in ("aws-secret-key", "database-password"):
            held = value.replace(RANDOM[:12], (letters * 3)[:12])
        assert found("a.py", None, f'x = "{held}"') == []


@pytest.mark.parametrize(
    ("path", "line", "rule"),
    [
        ("a.py", f'PASSWORD = "{RANDOM[:20]}"', "assigned-secret"),
        ("a.yml", f"api_key: {RANDOM[:24]}", "assigned-secret"),
        ("a.json", f'  "client_secret": "{HEX[:32]}"', "assigned-secret"),
        ("a.py", 'PASSWORD = os.environ["DATABASE_PASSWORD_1"]', None),
        ("a.py", f'password_hash = "{HEX[:40]}"', None),
        ("a.py", f'commit = "{HEX[:40]}"', None),
        ("tests/a.py", f'PASSWORD = "{RANDOM[:20]}"', None),
        ("a.md", f'PASSWORD = "{RANDOM[:20]}"', None),
        ("a.py", 'token = "https://auth.acme.io/oauth2/v1/token/123"', None),
        ("a.py", 'TOKEN_SECRET = "projects/1234/secrets/my-token-2/versions/7"', None),
        ("a.go", "secret := crypto.Sha256(input1, input2)", None),
        ("a.py", 'secret_token = "please-enter-the-token-2-times"', None),
    ],
)
def test_a_random_value_under_the_name_of_a_secret_is_one(path, line, rule):
    assert found(path, None, line) == ([(1, rule)] if rule else [])


def test_a_secret_that_was_there_before_is_not_reported():
    """It only moves, or its line changes around it."""
    key = EXAMPLES["stripe-key"]
    assert found("a.py", f'key = "{key}"\n', "", f'KEY = "{key}"  # moved') == []


def test_a_removed_secret_is_not_reported():
    assert secrets(change(("a.py", f'key = "{EXAMPLES["stripe-key"]}"\n', "key = load()\n"))) == ()


def test_a_private_key_is_one_with_its_material():
    """Code that looks for the header, and a public key, are none."""
    header = "-----BEGIN PRIVATE" + " KEY-----"
    assert found("k.pem", None, header, RANDOM[:64]) == [(1, "private-key")]
    assert found("a.py", None, f'KEY = "{header}\\n{RANDOM[:64]}"') == [(1, "private-key")]
    assert found("a.py", None, f'if text.startswith("{header}"):', "    return True") == []
    assert found("k.pub", None, header.replace("PRIVATE", "PUBLIC"), RANDOM[:64]) == []


def test_a_finding_does_not_repeat_the_secret():
    for value in EXAMPLES.values():
        (one,) = secrets(change(("a.py", None, f'PASSWORD = "{value}"\n')))
        assert not any(value[at : at + 10] in one.message + one.reason for at in range(len(value) - 10))


def test_what_rules_say_is_shown_as_it_is():
    for value in EXAMPLES.values():
        (one,) = secrets(change(("a.py", None, f'x = "{value}"\n')))
        assert (plain(one.message), plain(one.reason)) == (one.message, one.reason)


def test_long_lines_and_many_lines_are_read_in_a_bounded_time():
    secrets(change(("a.py", None, "password = '" + "a1" * 2_000 + "\n"), ("b.txt", None, "token:" * 60_000 + "\n")))
    secrets(change(("c.txt", None, "postgres://a:b\n" * 20_000)))


@STABLE
@given(st.text(st.sampled_from("aA1-_=:'\"/@. \n{}<>$"), max_size=120))
def test_any_text_is_read_and_every_finding_is_on_an_added_line(text):
    made = change((".env", None, f"SECRET={text}\n"))
    assert all(made.by_path[one.path].changed(one.line) for one in secrets(made))
