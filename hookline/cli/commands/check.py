"""The command `hookline check`."""

from collections.abc import Mapping
from typing import Any

import click

from hookline.cli.options import as_json, enter_stage, stage
from hookline.cli.output import counted, echo, print_result
from hookline.operator.errors import OperatorError


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--aws", is_flag=True, help="Check it as it would be deployed to AWS, and not as on the local stack.")
@stage
@click.option(
    "-c", "--context", "given", multiple=True, metavar="NAME=VALUE", help="A setting, as 'cdk deploy' takes it."
)
@as_json
@click.pass_context
def check(context: click.Context, names: tuple[str, ...], aws: bool, given: tuple[str, ...], as_json: bool) -> None:
    """Find what 'hookline up' and a synth would refuse, and what could never act, with file and line.

    Everything is checked in one round, without a synth; NAME limits the findings to an agent or a provider. Exits with
    code 1 if there are findings. Warnings are printed too.

    --stage and -c imply --aws: the local stack has no stages and takes no settings.
    """
    settings = _settings(given)
    enter_stage(context, None, settings.pop("stage", ""))

    from hookline.operator.check import check as checked
    from infra import naming

    report = checked(names, settings, aws=aws or bool(given) or bool(naming.STAGE))
    found = {
        "findings": [vars(one) for one in report.findings],
        "warnings": [vars(one) for one in report.warnings],
        "checked": report.checked,
    }

    def people(_: Mapping[str, Any]) -> None:
        echo(*map(str, report.findings))
        echo(*(str(one.as_warning()) for one in report.warnings))
        counts = [counted(number, what.removesuffix("s")) for what, number in report.checked.items()]
        about = ", ".join(names) or f"{counts[0]}, {counts[1]} and {counts[2]}"
        said = [counted(len(report.findings), "finding") if report.findings else "no findings"]
        said += [counted(len(report.warnings), "warning")] if report.warnings else []
        echo(f"{about}: {', '.join(said)}")

    print_result(found, as_json, people)
    context.exit(1 if report.findings else 0)


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    if wrong := [f"{name}{sign}" for name, sign, _ in pairs if not (name and sign)]:
        raise OperatorError(f"-c {wrong[0]!r}: write NAME=VALUE")
    return {name: value for name, _, value in pairs}
