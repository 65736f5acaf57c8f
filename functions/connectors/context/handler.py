"""The context connector's Lambda handler."""

from functions.connectors.context.manifest import MANIFEST
from functions.connectors.context.operations import timeline_reader
from functions.core.gate.connector import serve_connector

handler = serve_connector(MANIFEST, timeline_reader)
