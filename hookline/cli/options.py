"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click


def _or_of_group(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    """`hookline reviews --aws show ID` means the same as `hookline reviews show ID --aws`."""

    def given(context: click.Context, _: click.Parameter, value: bool) -> bool:
        parent: Any = context.parent
        return value or bool(parent and parent.params.get(name))

    return given


aws = click.option(
    "--aws",
    is_flag=True,
    callback=_or_of_group("aws"),
    help="Use the AWS account of your credentials instead of the local stack.",
)

as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=_or_of_group("as_json"),
    help="Print one JSON document.",
)
