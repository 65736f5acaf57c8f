"""The secrets that an operator sets: what a source's deliveries are signed with, and a connector's credential."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from functions.core.gate.credentials import check_credential
from functions.core.ingress.signatures.verify import check_secrets
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import has_secret
from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.secret_values import VERIFY_TOKEN, labelled
from hookline.operator import known
from hookline.operator.errors import OperatorError
from hookline.operator.secret_texts import ends, replaced
from hookline.validation.findings import meant
from infra import naming

Part = Literal["source", "connector"]


@dataclass(frozen=True)
class SigningSecret:
    """What the deliveries of a source are signed with."""

    manifest: SourceManifest
    part: ClassVar[Part] = "source"

    @property
    def provider(self) -> str:
        """The source's name."""
        return self.manifest.name

    @property
    def name(self) -> str:
        """The secret's name in Secrets Manager."""
        return naming.signing_secret(self.provider)

    @property
    def prompt(self) -> str:
        """What an operator is asked for, and where the provider shows it."""
        return f"the signing secret of {self.provider} ({self.manifest.secret})"

    @property
    def absent(self) -> str:
        """Why there is no such secret, and what to do."""
        return (
            f"source {self.provider} is not deployed here: let an agent subscribe to it, or name it "
            f"('hookline up --with {self.provider}'; on AWS, context 'sources' in cdk.json)"
        )

    def check(self, value: str) -> None:
        """Raise ConfigurationError, which never quotes the value, unless the signature scheme can use it."""
        if not value.isprintable():  # what providers show is one line
            raise ConfigurationError(f"the secret of {self.provider} holds a line end, or what does not print")
        check_secrets(self.manifest.signature, [value], self.provider)

    def replaced(self, present: str | None, value: str, now: float) -> str:
        """The secret's text with `value` in place of what signs now, under a label that the audit trail names."""
        return replaced(present, value, now)

    def ends(self, text: str, now: float) -> dict[str, float]:
        """Until when each value counts, in unix seconds, by label. Raises ConfigurationError for a malformed text."""
        return ends(text, now)

    def check_text(self, text: str, now: float) -> None:
        """Raise ConfigurationError where the source's verifier would refuse the secret's text."""
        signing = [value for label, value in labelled(text, now).items() if label != VERIFY_TOKEN]
        check_secrets(self.manifest.signature, signing, self.provider)


@dataclass(frozen=True)
class Credential:
    """What a connector presents to its provider: one value, which replaces the one before."""

    manifest: ConnectorManifest
    part: ClassVar[Part] = "connector"

    @property
    def provider(self) -> str:
        """The connector's name."""
        return self.manifest.name

    @property
    def name(self) -> str:
        """The secret's name in Secrets Manager."""
        return naming.credential(self.provider)

    @property
    def prompt(self) -> str:
        """What an operator is asked for."""
        form = self.manifest.credential.form if self.manifest.credential else ""
        return f"the credential of connector {self.provider} ({form})"

    @property
    def absent(self) -> str:
        """Why there is no such secret, and what to do."""
        return f"connector {self.provider} is not deployed here: run 'hookline up', or on AWS 'make deploy'"

    def check(self, value: str) -> None:
        """Raise ConfigurationError, which never quotes the value, unless it looks like the connector's credential."""
        check_credential(self.manifest, value)

    def replaced(self, present: str | None, value: str, now: float) -> str:
        """The secret's text: the value and nothing else."""
        return value

    def ends(self, text: str, now: float) -> dict[str, float]:
        """The one value counts without an end."""
        return {"current": math.inf}

    def check_text(self, text: str, now: float) -> None:
        """Raise ConfigurationError where the connector would refuse the secret's text."""
        self.check(text)


ProviderSecret = SigningSecret | Credential


def of_source(name: str) -> SigningSecret:
    """The secret of a source. Raises OperatorError, with the names that there are, if there is no such source."""
    return SigningSecret(known.source(name))


def of_provider(provider: str, part: Part | None) -> ProviderSecret:
    """The secret of a provider's source or connector; `part` may be None if the provider has one of them only.

    Raises OperatorError, in one line, for an unknown provider, a part that it does not have, or a choice to make.
    """
    project = known.find().project
    found: dict[Part, ProviderSecret] = {}
    if provider in project.sources:
        found["source"] = SigningSecret(project.sources[provider])
    if provider in project.connectors and has_secret(project.connectors[provider].credential):
        found["connector"] = Credential(project.connectors[provider])
    if provider not in project.sources and provider not in project.connectors:
        acting = [name for name, connector in project.connectors.items() if has_secret(connector.credential)]
        raise OperatorError(f"there is no provider {provider!r}{meant(provider, sorted({*project.sources, *acting}))}")
    if part is None and len(found) > 1:
        raise OperatorError(f"{provider} is a source and a connector, each with a secret: add --source or --connector")
    if not found or (part and part not in found):
        raise OperatorError(f"{provider} has no {f'{part} with a secret' if part else 'secret'}")
    return found[part] if part else next(iter(found.values()))
