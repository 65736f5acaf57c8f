"""The commands `hookline secrets`: the secrets of sources and connectors, and the key that signs grants."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.hinting_group import HintingGroup
from hookline.cli.options import as_json, aws
from hookline.cli.output import echo, print_result
from hookline.operator.errors import OperatorError

if TYPE_CHECKING:
    from hookline.operator.secrets import ProviderSecret

HOUR = 3600


@click.group(cls=HintingGroup)
def secrets() -> None:
    """Set, show and rotate the secrets of providers, and rotate the key that signs grants.

    A source has a signing secret, a connector has a credential. No command shows a value.
    """


def _part(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options --source and --connector."""
    source = click.option("--source", is_flag=True, help="The signing secret of its source.")
    connector = click.option("--connector", is_flag=True, help="The credential of its connector.")
    return source(connector(command))


def _chosen(provider: str, source: bool, connector: bool) -> "ProviderSecret":
    from hookline.operator.secrets import of_provider

    if source and connector:
        raise OperatorError("--source and --connector exclude each other")
    return of_provider(provider, "source" if source else "connector" if connector else None)


@secrets.command("set")
@click.argument("provider")
@click.argument("value", required=False, metavar="[-]")
@_part
@aws
def set_secret(provider: str, value: str | None, source: bool, connector: bool, aws: bool) -> None:
    """Set the signing secret or the credential of PROVIDER.

    The value is read from a hidden prompt, or from standard input ("-") if that is a pipe or a file. White space and
    quotes around it are removed, and its format is checked. A value of several lines needs standard input.

    It replaces the previous value. For a source, 'hookline secrets rotate' keeps the previous value valid for a time.
    """
    from hookline.cli.secret_input import asked
    from hookline.local.stack import LocalStack, remember_secret
    from hookline.operator import stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import record_action

    if value not in (None, "-"):
        raise OperatorError("a secret on the command line stays in the shell's history: pass it on standard input")
    secret, where = _chosen(provider, source, connector), account(aws)
    before = stored_secrets.read(where, secret)
    new = asked(secret.prompt)
    new = secret.check(new)
    # Recorded before the change: if the record fails, nothing has changed.
    record_action(where, "set", resource=secret.name, reason="replaces another" if before.text else "the first value")
    stored_secrets.replace(where, secret, new, time.time())
    if secret.part == "connector":
        echo(f"Connector {provider} presents the new credential within five minutes.")
        return
    if isinstance(where, LocalStack):
        remember_secret(where, provider, new)
    echo(f"Source {provider} accepts deliveries that are signed with the new secret within seconds.")
    if before.text:
        echo("The previous secret stops being valid within five minutes.")


@secrets.command()
@click.argument("provider")
@_part
@aws
@as_json
def show(provider: str, source: bool, connector: bool, aws: bool, as_json: bool) -> None:
    """Show the labels and ends of PROVIDER's secret, its last change, and whether its format is valid."""
    from hookline.operator.account import account
    from hookline.operator.stored_secrets import described

    secret = _chosen(provider, source, connector)
    print_result(described(account(aws), secret, time.time()), as_json, _print)


@secrets.command()
@click.argument("source")
@click.option("--generate", is_flag=True, help="Generate the new secret, for providers that let you choose it.")
@click.option("--overlap", type=click.IntRange(0, 30 * 24), help="Hours for which the old secret stays valid.")
@aws
def rotate(source: str, generate: bool, overlap: int | None, aws: bool) -> None:
    """Add a new signing secret for SOURCE; the current one expires after an overlap.

    The new secret is read from a hidden prompt, or from standard input if that is not a terminal. The audit trail names
    the secret that signed each delivery by its label, the day of its rotation.
    """
    from functions.core.platform.in_lambda import REFRESH_SECONDS
    from hookline.cli.secret_input import asked
    from hookline.local.stack import LocalStack, remember_secret
    from hookline.operator import rotation, stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import record_action
    from hookline.operator.secrets import of_source

    secret, where, now = of_source(source), account(aws), time.time()
    before = stored_secrets.read(where, secret)
    new = rotation.generate() if generate else asked(secret.prompt)
    new = secret.check(new)
    seconds = secret.manifest.overlap if overlap is None else overlap * HOUR
    # Recorded before the change: if the record fails, nothing has changed and no unseen secret is set.
    record_action(where, "rotated", resource=secret.name, reason=f"the old one stays valid for {seconds} s")
    rotation.rotate(where, secret, new, now, seconds)
    if isinstance(where, LocalStack):
        remember_secret(where, source, new)
    if generate:
        echo(f"new secret: {new}", f"Set it at {source}: {secret.manifest.secret}", secret.manifest.documents)
    echo(f"Source {source} accepts deliveries that are signed with the new secret in {REFRESH_SECONDS} seconds.")
    if before.text:
        hours = f"{seconds / HOUR:g} more hours"
        echo(f"Deliveries signed with the old one are accepted for {hours}, and at most five minutes longer.")


@secrets.command("verify-token")
@click.argument("source")
@aws
def verify_token(source: str, aws: bool) -> None:
    """Set the token that SOURCE sends in its handshake (Meta's verify token); it signs nothing."""
    from hookline.cli.secret_input import asked
    from hookline.operator import stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import record_action
    from hookline.operator.secret_texts import with_verify_token
    from hookline.operator.secrets import of_source

    secret, where = of_source(source), account(aws)
    before = stored_secrets.read(where, secret)
    token = asked(f"the verify token of {source}")
    text = with_verify_token(before.text, token, time.time())
    record_action(where, "rotated", resource=secret.name, reason="the verify token")
    stored_secrets.write(where, secret, text)
    echo(f"Source {source} accepts the verify token within five minutes.")


@secrets.command("rotate-grant-key")
@aws
def rotate_grant_key(aws: bool) -> None:
    """Generate a new key that signs grants; the old one stays valid until its last grant expires."""
    from hookline.operator import rotation
    from hookline.operator.account import account
    from hookline.operator.operator_trail import record_action
    from infra import naming

    where = account(aws)
    rotation.grant_key(where)  # raises an error if it is missing, before the record
    record_action(where, "rotated", resource=naming.GRANT_KEY)
    end = rotation.rotate_grant_key(where, time.time())
    echo("Verifiers mint with the new key within five minutes, and its grants are accepted from now on.")
    echo(f"The old key is valid until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC.")


def _print(secret: Mapping[str, Any]) -> None:
    echo(f"{secret['provider']} as a {secret['part']}: {secret['secret']}")
    if not secret["has_value"]:
        echo(f"  no value yet: set one with 'hookline secrets set {secret['provider']} --{secret['part']}'")
        return
    for value in secret["values"]:
        end = f"valid until {value['until']}" if value["until"] else "valid"
        echo(f"  {value['label']:<14} {end}{'' if value['signs'] else ', signs nothing'}")
    echo(f"  {'changed':<14} {secret['changed'] or 'at an unknown time'}")
    echo(f"  {'format':<14} {secret['fault'] or 'valid'}")
