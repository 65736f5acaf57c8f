"""The secrets of sources and connectors, and the key that grants are signed with."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hookline.cli.options import as_json, aws
from hookline.cli.output import tell
from hookline.operator.errors import OperatorError
from infra import naming

if TYPE_CHECKING:
    from hookline.operator.secrets import ProviderSecret

HOUR = 3600


@click.group()
def secrets() -> None:
    """Set, show and rotate the secrets of providers, and rotate the key of the grants.

    A source has a signing secret, a connector has a credential. No command shows a value.
    """


def _part(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --source and --connector."""
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

    The value is read from a hidden prompt, or from standard input if that is a pipe or a file: "-" says so. Blanks and
    quotes around it are dropped, and its form is checked. A value of several lines needs standard input.

    It replaces the value before it. For a source, 'hookline secrets rotate' lets the old one count for an overlap.
    """
    from hookline.cli.secret_input import asked
    from hookline.local.stack import LocalStack, remember_secret
    from hookline.operator import stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record

    if value not in (None, "-"):
        raise OperatorError("a secret on the command line stays in the shell's history: pass it on standard input")
    secret, where = _chosen(provider, source, connector), account(aws)
    before = stored_secrets.read(where, secret)
    new = asked(secret.prompt)
    secret.check(new)
    # On record before it is done: if that fails, nothing has changed.
    put_on_record(where, "set", resource=secret.name, reason="in place of another" if before.text else "the first")
    stored_secrets.replace(where, secret, new, time.time())
    if secret.part == "connector":
        click.echo(f"Connector {provider} presents the new credential within five minutes.")
        return
    if isinstance(where, LocalStack):
        remember_secret(where, provider, new)
    click.echo(f"Source {provider} accepts deliveries that are signed with the new secret within seconds.")
    if before.text:
        click.echo("The secret before it stops counting within five minutes.")


@secrets.command()
@click.argument("provider")
@_part
@aws
@as_json
def show(provider: str, source: bool, connector: bool, aws: bool, as_json: bool) -> None:
    """Show which values of PROVIDER's secret count, until when, when it was changed, and whether its form is good."""
    from hookline.operator.account import account
    from hookline.operator.stored_secrets import described

    secret = _chosen(provider, source, connector)
    tell(described(account(aws), secret, time.time()), as_json, _print)


@secrets.command()
@click.argument("source")
@click.option("--generate", is_flag=True, help="Make the new secret here, for providers that let you choose it.")
@click.option("--overlap", type=click.IntRange(0, 30 * 24), help="Hours for which the old one still counts.")
@aws
def rotate(source: str, generate: bool, overlap: int | None, aws: bool) -> None:
    """Add a new signing secret for SOURCE; the present one retires by itself after an overlap.

    The new secret is read from a hidden prompt, or from standard input if that is not a terminal. The audit trail names
    the secret that each delivery was signed with by its label, the day of its rotation.
    """
    from hookline.cli.secret_input import asked
    from hookline.local.stack import LocalStack, remember_secret
    from hookline.operator import rotation, stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record
    from hookline.operator.secrets import of_source

    secret, where, now = of_source(source), account(aws), time.time()
    before = stored_secrets.read(where, secret)
    new = rotation.generate() if generate else asked(secret.prompt)
    secret.check(new)
    seconds = secret.manifest.overlap if overlap is None else overlap * HOUR
    # On record before it is done: if that fails nothing has changed, and no secret is set that nobody was shown.
    put_on_record(where, "rotated", resource=secret.name, reason=f"the old one for {seconds} s more")
    rotation.rotate(where, secret, new, now, seconds)
    if isinstance(where, LocalStack):
        remember_secret(where, source, new)
    if generate:
        click.echo(f"new secret: {new}\nSet it at {source}: {secret.manifest.secret}\n{secret.manifest.documents}")
    click.echo(f"Source {source} accepts deliveries that are signed with the new secret within seconds.")
    if before.text:
        hours = f"{seconds / HOUR:g} more hours"
        click.echo(f"Deliveries signed with the old one are accepted for {hours}, and at most five minutes longer.")


@secrets.command("verify-token")
@click.argument("source")
@aws
def verify_token(source: str, aws: bool) -> None:
    """Set what SOURCE repeats in its handshake (Meta calls it the verify token); it signs nothing."""
    from hookline.cli.secret_input import asked
    from hookline.operator import stored_secrets
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record
    from hookline.operator.secret_texts import with_verify_token
    from hookline.operator.secrets import of_source

    secret, where = of_source(source), account(aws)
    before = stored_secrets.read(where, secret)
    token = asked(f"the verify token of {source}")
    text = with_verify_token(before.text, token, time.time())
    put_on_record(where, "rotated", resource=secret.name, reason="the verify token")
    stored_secrets.write(where, secret, text)
    click.echo(f"Source {source} accepts the verify token within five minutes.")


@secrets.command("rotate-grant-key")
@aws
def rotate_grant_key(aws: bool) -> None:
    """Make a new key that grants are minted with; the old one counts until the last of its grants has expired."""
    from hookline.operator import rotation
    from hookline.operator.account import account
    from hookline.operator.operator_trail import put_on_record

    where = account(aws)
    rotation.grant_key(where)  # says that there is none before anything is on record
    put_on_record(where, "rotated", resource=naming.GRANT_KEY)
    end = rotation.rotate_grant_key(where, time.time())
    click.echo("Verifiers mint with the new key within five minutes, and its grants are accepted from now on.")
    click.echo(f"The old one counts until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC and retires by itself.")


def _print(secret: Mapping[str, Any]) -> None:
    from hookline.operator.terminal import plain

    click.echo(f"{secret['provider']} as a {secret['part']}: {secret['secret']}")
    if not secret["has_value"]:
        click.echo(f"  no value yet: set one with 'hookline secrets set {secret['provider']} --{secret['part']}'")
        return
    for value in secret["values"]:
        counts = f"until {value['until']}" if value["until"] else "without an end"
        click.echo(f"  {plain(value['label']):<14} counts {counts}{'' if value['signs'] else ', and signs nothing'}")
    click.echo(f"  {'changed':<14} {secret['changed'] or 'at an unknown time'}")
    click.echo(f"  {'form':<14} {plain(secret['fault']) if secret['fault'] else 'good'}")
