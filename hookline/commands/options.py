"""Options that several commands share."""

from typing import Any

import click


def _or_of_group(context: click.Context, _: click.Parameter, value: bool) -> bool:
    """`hookline reviews --aws show ID` means the same as `hookline reviews show ID --aws`."""
    parent: Any = context.parent
    return value or bool(parent and parent.params.get("aws"))


aws = click.option(
    "--aws",
    is_flag=True,
    callback=_or_of_group,
    help="Work in the AWS account of your credentials, not on the local stack.",
)
