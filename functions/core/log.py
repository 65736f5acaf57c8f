"""The log of every function: one JSON object a line, in CloudWatch."""

from aws_lambda_powertools import Logger

log = Logger(service="hookline", utc=True)
