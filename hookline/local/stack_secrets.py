"""Gives the secrets of the local stack their values, and leaves those alone that an operator has set."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hookline.local.emulator import Emulator
from hookline.local.generated_secrets import generate_secret
from hookline.local.sandbox_providers import sandbox_providers
from hookline.validation.discovery import Project
from infra import naming


def set_secrets(running: Emulator, project: Project, also: Sequence[str], live: tuple[str, ...], state: Path) -> None:
    """Give the sources made-up signing secrets, and each connector the key of its sandbox or of the test mode.

    What an operator has set since is theirs and is kept.
    """
    manager = running.client("secretsmanager")
    _set_signing_secrets(manager, project, also, state / "secrets.json")
    sandboxes, credentials = sandbox_providers(), {}
    for name in filter(project.callers_of, project.connectors):
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
    keep.touch(mode=0o600)
    keep.write_text(json.dumps(generated))
    for source, secret in generated.items():
        if _value(manager, naming.signing_secret(source)) is None:
            manager.put_secret_value(SecretId=naming.signing_secret(source), SecretString=secret["verifies"])


def set_credentials(manager: Any, credentials: Mapping[str, str], keep: Path) -> None:
    """Set the credentials, by connector, whose secrets hold nothing or what was set here the last time.

    `keep` remembers the digest of what was set: any other value is an operator's.
    """
    ours = json.loads(keep.read_text()) if keep.is_file() else {}
    for connector, credential in credentials.items():
        present = _value(manager, naming.credential(connector))
        if present is None or _digest(present) == ours.get(connector):
            manager.put_secret_value(SecretId=naming.credential(connector), SecretString=credential)
            ours[connector] = _digest(credential)
    keep.write_text(json.dumps(ours))


def _value(manager: Any, name: str) -> str | None:
    try:
        return manager.get_secret_value(SecretId=name)["SecretString"]
    except manager.exceptions.ResourceNotFoundException:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
