"""The secrets that an operator sets: the signing secret of a source, and the credential of a connector."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from functions.core.gate.credentials import check_credential
from functions.core.ingress.signatures.keys import canonical_secret
from functions.core.ingress.signatures.verify import check_secrets
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import has_secret
from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.secret_values import VERIFY_TOKEN, labelled
from hookline.operator import known
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.secret_texts import ends, replaced
from infra import naming

Part = Literal["source", "connector"]


@dataclass(frozen=True)
class SigningSecret:
    """The secret that signs the deliveries of a source."""

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
        """The text of the prompt, which says where the provider shows the secret."""
        return f"the signing secret of {self.provider} ({self.manifest.secret})"

    @property
    def absent(self) -> str:
        """The error for a missing secret: the cause, and what to do."""
        return (
            f"source {self.provider} is not deployed here: let an agent subscribe to it, or add it "
            f"('hookline up --with {self.provider}'; on AWS, context 'sources' in cdk.json)"
        )

    def check(self, value: str) -> str:
        """The value as it is stored: without surrounding blanks and quotes, a key of Standard Webhooks as "whsec_…".

        Raises ConfigurationError, without the value in it, if the signature scheme cannot use it.
        """
        bare = canonical_secret(self.manifest.signature, value)
        if not bare.isprintable():  # providers show one line
            raise ConfigurationError(f"the secret of {self.provider} holds a line break or a non-printable character")
        if not bare.startswith(self.manifest.secret_prefix):
            raise ConfigurationError(
                f"the secret of {self.provider} starts with {self.manifest.secret_prefix}, which is a part of it: "
                f"copy it whole ({self.manifest.secret})"
            )
        check_secrets(self.manifest.signature, [bare], self.provider)
        return bare

    def replaced(self, present: str | None, value: str, now: float) -> str:
        """The secret's text with `value` in place of the values that sign now, with a new label."""
        return replaced(present, value, now)

    def ends(self, text: str, now: float) -> dict[str, float]:
        """The end of each valid value, in unix seconds, by label. Raises ConfigurationError for a malformed text."""
        return ends(text, now)

    def check_text(self, text: str, now: float) -> None:
        """Raise ConfigurationError if the source's verifier would refuse the secret's text."""
        signing = [value for label, value in labelled(text, now).items() if label != VERIFY_TOKEN]
        check_secrets(self.manifest.signature, signing, self.provider)


@dataclass(frozen=True)
class Credential:
    """What a connector presents to its provider: one value, which replaces the previous one."""

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
        """The text of the prompt, with the form of the credential."""
        form = self.manifest.credential.form if self.manifest.credential else ""
        return f"the credential of connector {self.provider} ({form})"

    @property
    def absent(self) -> str:
        """The error for a missing secret: the cause, and what to do."""
        return f"connector {self.provider} is not deployed here: run 'hookline up', or on AWS 'make deploy'"

    def check(self, value: str) -> str:
        """The value. Raises ConfigurationError, without it, unless it has the form of the connector's credential."""
        check_credential(self.manifest, value)
        return value

    def replaced(self, present: str | None, value: str, now: float) -> str:
        """The secret's text, which is only the value."""
        return value

    def ends(self, text: str, now: float) -> dict[str, float]:
        """The end of the one value: infinity."""
        return {"current": math.inf}

    def check_text(self, text: str, now: float) -> None:
        """Raise ConfigurationError if the connector would refuse the secret's text."""
        self.check(text)


ProviderSecret = SigningSecret | Credential


def of_source(name: str) -> SigningSecret:
    """The secret of a source. Raises OperatorError, with the known names, for an unknown source."""
    return SigningSecret(known.source(name))


def of_provider(provider: str, part: Part | None) -> ProviderSecret:
    """The secret of a provider's source or connector; `part` may be None if the provider has only one of them.

    Raises OperatorError for an unknown provider, a part without a secret, or an ambiguous None.
    """
    project = known.find().project
    found: dict[Part, ProviderSecret] = {}
    if provider in project.sources:
        found["source"] = SigningSecret(project.sources[provider])
    if provider in project.connectors and has_secret(project.connectors[provider].credential):
        found["connector"] = Credential(project.connectors[provider])
    if provider not in project.sources and provider not in project.connectors:
        acting = [name for name, connector in project.connectors.items() if has_secret(connector.credential)]
        raise UnknownName("provider", provider, sorted({*project.sources, *acting}))
    if part is None and len(found) > 1:
        raise OperatorError(f"{provider} is a source and a connector, each with a secret: add --source or --connector")
    if not found or (part and part not in found):
        raise OperatorError(f"{provider} has no {f'{part} with a secret' if part else 'secret'}")
    return found[part] if part else next(iter(found.values()))
