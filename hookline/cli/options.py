"""Options that several commands share."""

import os
from collections.abc import Callable
from typing import Any

import click

from functions.core.platform.stage import VARIABLE, check_stage


def _or_of_group(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    """`hookline reviews --aws show ID` means the same as `hookline reviews show ID --aws`."""

    def given(context: click.Context, _: click.Parameter, value: bool) -> bool:
        parent: Any = context.parent
        return value or bool(parent and parent.params.get(name))

    return given


def enter_stage(context: click.Context, parameter: click.Parameter | None, stage: str) -> None:
    """Make `stage` that of this process, before the modules load that make names of it."""
    if not stage:
        return
    try:
        os.environ[VARIABLE] = check_stage(stage)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None
    from functions.core.platform.identities import STAGE

    if stage != STAGE:  # a wrong name would be another deployment's
        raise click.BadParameter(f"this process belongs to stage {STAGE!r}", context, parameter)


stage = click.option(
    "--stage",
    default="",
    metavar="NAME",
    expose_value=False,
    callback=enter_stage,
    help="The stage that was deployed with -c stage=NAME.",
)


def aws(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options --aws and --stage."""
    in_account = click.option(
        "--aws",
        is_flag=True,
        callback=_or_of_group("aws"),
        help="Use the AWS account of your credentials instead of the local stack.",
    )
    return in_account(stage(command))


as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=_or_of_group("as_json"),
    help="Print one JSON document.",
)
