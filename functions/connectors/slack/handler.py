"""The Slack connector's Lambda handler."""

from functions.connectors.slack.manifest import MANIFEST
from functions.connectors.slack.operations import slack
from functions.core.gate.connector import serve_connector

handler = serve_connector(MANIFEST, slack)
