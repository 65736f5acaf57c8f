"""Sets the secrets of the local stack, except those that an operator has set."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from functions.core.manifests.credentials import has_secret
from hookline.local.emulator import Emulator
from hookline.local.generated_secrets import generate_secret
from hookline.local.private_files import write_private
from hookline.local.sandbox_providers import sandbox_providers
from hookline.validation.discovery import Project
from infra import naming


def set_secrets(running: Emulator, project: Project, also: Sequence[str], live: tuple[str, ...], state: Path) -> None:
    """Set a generated signing secret for each source, and for each connector its sandbox's or test mode's key.

    Values that an operator has set are kept.
    """
    manager = running.client("secretsmanager")
    _set_signing_secrets(manager, project, also, state / "secrets.json")
    sandboxes, credentials = sandbox_providers(), {}
    for name, connector in project.connectors.items():
        if not project.callers_of(name) or not has_secret(connector.credential):
            continue
        if name in live:
            credentials[name] = os.environ["STRIPE_API_KEY"]
        elif name in sandboxes:
            credentials[name] = sandboxes[name].credential
    set_credentials(manager, credentials, state / "credentials.json")


def _set_signing_secrets(manager: Any, project: Project, also: Sequence[str], keep: Path) -> None:
    known = json.loads(keep.read_text()) if keep.is_file() else {}
    generated = {
        source.name: known.get(source.name) or asdict(generate_secret(source))
        for source in project.deployed_sources(also)
    }
    write_private(keep, json.dumps(generated))
    for source, secret in generated.items():
        if _value(manager, naming.signing_secret(source)) is None:
            manager.put_secret_value(SecretId=naming.signing_secret(source), SecretString=secret["verifies"])


def set_credentials(manager: Any, credentials: Mapping[str, str], keep: Path) -> None:
    """Set the credentials, by connector, whose secrets are empty or hold the last value set here.

    The file `keep` holds the digests of these values: any other value is an operator's.
    """
    ours = json.loads(keep.read_text()) if keep.is_file() else {}
    for connector, credential in credentials.items():
        present = _value(manager, naming.credential(connector))
        if present is None or _digest(present) == ours.get(connector):
            manager.put_secret_value(SecretId=naming.credential(connector), SecretString=credential)
            ours[connector] = _digest(credential)
    write_private(keep, json.dumps(ours))


def _value(manager: Any, name: str) -> str | None:
    try:
        return manager.get_secret_value(SecretId=name)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
