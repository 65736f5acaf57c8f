"""A secret is taken as people paste it, or refused with the reason when it is set; never silently useless."""

import base64
import json

import pytest

from functions.core.ingress.signatures.keys import canonical_secret
from functions.core.platform.errors import ConfigurationError
from hookline.operator.secrets import of_source

OK = (200, "")
BODY = {"type": "invoice.paid", "data": {}}
KEY = bytes(range(32))
PADDED = base64.b64encode(KEY).decode()
FORMS = {
    "as documented": f"whsec_{PADDED}",
    "without its padding": f"whsec_{PADDED.rstrip('=')}",
    "without its prefix": PADDED,
    "without both": PADDED.rstrip("="),
    "after its version": f"v1,whsec_{PADDED}",
    "in quotes": f'"whsec_{PADDED}"',
    "in quotes after its version": f"' v1,whsec_{PADDED} '",
    "with blanks": f" \twhsec_{PADDED}\r\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", ["openai", "anthropic", "standard_webhooks"])
def test_a_key_of_standard_webhooks_verifies_in_every_form_that_people_paste(ingress, source, form):
    """Whether the command line stored it, or a person in the console of AWS."""
    ingress.secret(source)
    ingress._secrets[source] = type(ingress.secret(source))(FORMS[form], f"whsec_{PADDED}")
    assert ingress.send(source, BODY, stored=FORMS[form]) == OK
    assert of_source(source).check(FORMS[form]) == f"whsec_{PADDED}"


@pytest.mark.parametrize(
    "bad", ["whsec_", "whsec_no base64", "short", base64.b64encode(bytes(8)).decode(), "v1,", "v2,x"]
)
def test_what_is_no_key_is_refused_when_it_is_set(bad):
    with pytest.raises(ConfigurationError, match="whsec_… in base64"):
        of_source("openai").check(bad)


def test_stripes_secret_without_its_prefix_is_refused_with_what_to_do():
    """Stripe signs with the whole text, so no delivery would verify."""
    with pytest.raises(ConfigurationError, match="starts with whsec_, which is a part of it: copy it whole"):
        of_source("stripe").check("0123456789abcdef")
    assert of_source("stripe").check(" 'whsec_0123' ") == "whsec_0123"


def test_a_quoted_secret_of_text_is_stored_without_its_quotes():
    assert of_source("github").check('"correct horse"') == "correct horse"


@pytest.mark.parametrize("blank", ["", " ", '""', "' '", "\n"])
@pytest.mark.parametrize("source", ["github", "openai", "chargebee", "sendgrid"])
def test_a_blank_secret_is_refused(source, blank):
    with pytest.raises(ConfigurationError, match="blank"):
        of_source(source).check(blank)


def test_gitlabs_token_stays_a_token():
    """It has the letters of base64, and is compared as it is."""
    token = "a1" * 20
    gitlab = of_source("gitlab")
    assert gitlab.check(token) == token
    assert gitlab.check(f"v1,whsec_{PADDED}") == f"whsec_{PADDED}"
    assert canonical_secret(gitlab.manifest.signature, f"'{token}'") == token


def test_a_malformed_secret_beside_a_good_one_refuses_nothing_and_raises_an_alarm(ingress, logged, capsys):
    """A sender's valid delivery is taken; an alarm names the secret that is wrong, and why."""
    good = ingress.secret("openai").verifies
    stored = json.dumps({"2026-11-28": "hush, no key", "2026-11-01": good})
    assert ingress.send("openai", BODY, stored=stored) == OK
    assert "secret '2026-11-28' of openai is not whsec_… in base64" in logged()
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SecretFaults" in line]
    assert [(line["SecretFaults"], line["service"]) for line in metrics] == [([1.0], "webhook.openai")]
    assert "hush" not in logged()


def test_without_any_usable_secret_the_delivery_waits_and_the_alarm_is_raised(ingress, capsys):
    """Nothing can be verified, so the provider keeps it: its retries are taken when the secret is corrected."""
    assert ingress.send("openai", BODY, stored="hush, no key") == (503, "TryAgain")
    assert "SecretFaults" in capsys.readouterr().out
    assert ingress.send("openai", BODY) == OK
