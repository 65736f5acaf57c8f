"""Checks the form of a connector's credential, and presents it to the provider."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import AwsRole, Basic, Bearer, Credential, GitHubApp, Header
from functions.core.platform.errors import ConfigurationError

_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def check_credential(manifest: ConnectorManifest, value: str) -> None:
    """Raise ConfigurationError, which never quotes the value, unless it looks like the connector's credential."""
    name = f"the credential of connector {manifest.name}"
    kind = manifest.credential
    if kind is None or isinstance(kind, AwsRole):
        raise ConfigurationError(f"connector {manifest.name} has no secret: its own role is its credential")
    if not value.strip():
        raise ConfigurationError(f"{name} is blank")
    if isinstance(kind, GitHubApp):
        github_app(value, name)
        return
    text = value.strip()
    if not (text.isascii() and text.isprintable()) or (isinstance(kind, Bearer) and " " in text):
        raise ConfigurationError(f"{name} holds characters that no header takes: it is {kind.form}")
    if isinstance(kind, Basic):
        user, colon, _ = text.partition(":")
        is_token = kind.or_bearer and not colon and " " not in text
        if not (user and colon) and not is_token:
            raise ConfigurationError(f"{name} is not {kind.form}")


def authorization(kind: Credential | None, secret: str) -> dict[str, str]:
    """The header that presents `secret`, which was checked; {} for a connector without a secret.

    A GitHub App's secret is not presented itself: see `installations.py`.
    """
    match kind:
        case Basic(or_bearer=True) if ":" not in secret:
            return {"Authorization": f"Bearer {secret.strip()}"}
        case Bearer():
            return {"Authorization": f"Bearer {secret.strip()}"}
        case Basic():
            return {"Authorization": f"Basic {base64.b64encode(secret.strip().encode()).decode()}"}
        case Header(name=name, prefix=prefix):
            return {name: f"{prefix}{secret.strip()}"}
    return {}


def github_app(text: str, name: str) -> tuple[str, str]:
    """The id and the PEM private key in a GitHub App's secret. Raises ConfigurationError, which quotes neither."""
    try:
        read: Any = json.loads(text)
        app, key = str(read["app_id"]).strip(), read["private_key"]
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{name} is not {GitHubApp().form}") from None
    if not app or not isinstance(key, str) or "PRIVATE KEY-----" not in key:
        raise ConfigurationError(f"{name} is not {GitHubApp().form}")
    return app, key


def tenant_of(manifest: ConnectorManifest, given: Mapping[str, str]) -> dict[str, str]:
    """The parts of the hosts and of the base that are in the settings.

    Raises ConfigurationError unless each is a label of a host, a whole host, or a path, as the manifest says.
    """
    for name in manifest.tenant:
        value = given.get(name, "")
        if not _fits(manifest, name, value):
            raise ConfigurationError(
                f"connector {manifest.name}: {name} is {value!r}; set it to the part of {manifest.base} that is yours"
            )
    return {name: given[name] for name in manifest.tenant}


def _fits(manifest: ConnectorManifest, name: str, value: str) -> bool:
    """Whether the part `name` can be `value`: a host has no slash, a path has no way up."""
    if not isinstance(value, str):
        return False
    part = f"{{{name}}}"
    if part in manifest.hosts:
        return "." in value and all(map(_is_label, value.split("."))) and len(value) <= 253
    if not any(part in host for host in manifest.hosts):
        return bool(_PATH.fullmatch(value)) and ".." not in value
    return _is_label(value)


def _is_label(text: str) -> bool:
    """Whether it is one label of a host name (RFC 1123)."""
    good = text.isascii() and 1 <= len(text) <= 63
    return good and text.replace("-", "").isalnum() and text[0] != "-" and text[-1] != "-"
