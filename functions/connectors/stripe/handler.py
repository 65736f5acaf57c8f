"""The Stripe connector's Lambda handler."""

from functions.connectors.stripe.manifest import MANIFEST
from functions.core.gate.connector import serve_connector
from functions.core.gate.outbound import provider

handler = serve_connector(MANIFEST, provider)
