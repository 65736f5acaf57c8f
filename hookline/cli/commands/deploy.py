"""The command `hookline deploy`: deploy to AWS with the CDK CLI."""

import sys
from collections.abc import Sequence

import click

from hookline.cli.options import enter_stage, stage
from hookline.cli.output import echo


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--accept-removals", is_flag=True, help="Approve what the deployment takes away, without a question.")
@stage
@click.argument("cdk_options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def deploy(context: click.Context, accept_removals: bool, cdk_options: tuple[str, ...]) -> None:
    """Deploy to the AWS account of your credentials: bootstrap, then every stack ('make deploy' does the same).

    CDK_OPTIONS go to the CDK CLI: --profile, --region, -c and what else all of its commands know to each of them, the
    rest to 'cdk deploy'. Without a terminal, add --require-approval never.

    Before anything is changed, it says what the deployment takes away, and refuses while an agent without a folder is
    still deployed. Tables, buckets and secrets that an earlier deployment left are imported.
    """
    from hookline.operator.cdk_options import CdkOptions

    options = CdkOptions.of(cdk_options)
    enter_stage(context, None, options.stage)

    from hookline.operator.account import AwsAccount
    from hookline.operator.deploy import Deployment

    terminal = sys.stdin.isatty()

    def accept(losses: Sequence[str]) -> bool:
        return accept_removals or (terminal and click.confirm("Deploy?", default=False))

    account = AwsAccount(options.profile, options.region)
    Deployment(account, options, echo, accept, terminal).run()
