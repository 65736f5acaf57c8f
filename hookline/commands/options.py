"""Options that several commands share."""

import click

aws = click.option("--aws", is_flag=True, help="Work in the AWS account of your credentials, not on the local stack.")
